"use strict";
/* Searches on the streets of the page, for those who weigh them alike. Costs are millimetres at the
   traveller's own speed, so that another pace takes no other search; sums of them are the library's
   to the millimetre. */
Q15.streetSearch = function (app) {
  const told = app.data.streets;
  const { streets } = app;
  const junctions = streets.x.length;
  const infinite = (values) => values.map((value) => (value === null ? Infinity : value));
  const weightings = told.weightings.map((own) => ({
    ...own,
    forwardFactor: infinite(own.forward),
    backwardFactor: infinite(own.backward),
    travellers: Object.keys(told.travellers).filter((name) => (
      told.weightings[told.travellers[name].weighting] === own
    )),
    known: own.known_mm === null ? Infinity : own.known_mm
  }));

  /* A heap of junctions by cost; one that is taken at more than its cost was improved since. */
  class Queue {
    constructor() {
      this.cost = new Float64Array(1024);
      this.node = new Int32Array(1024);
      this.size = 0;
    }

    push(cost, node) {
      if (this.size === this.node.length) { this.grow(); }
      let i = this.size;
      this.size += 1;
      while (i > 0) {
        const parent = (i - 1) >> 2;
        if (this.cost[parent] <= cost) { break; }
        this.cost[i] = this.cost[parent];
        this.node[i] = this.node[parent];
        i = parent;
      }
      this.cost[i] = cost;
      this.node[i] = node;
    }

    /* Take the least away; its cost and its junction are read at place 0 before. */
    drop() {
      this.size -= 1;
      const cost = this.cost[this.size];
      const node = this.node[this.size];
      let i = 0;
      for (;;) {
        const first = 4 * i + 1;
        if (first >= this.size) { break; }
        let least = first;
        const last = Math.min(first + 3, this.size - 1);
        for (let child = first + 1; child <= last; child += 1) {
          if (this.cost[child] < this.cost[least]) { least = child; }
        }
        if (this.cost[least] >= cost) { break; }
        this.cost[i] = this.cost[least];
        this.node[i] = this.node[least];
        i = least;
      }
      this.cost[i] = cost;
      this.node[i] = node;
    }

    grow() {
      const { cost, node } = this;
      this.cost = new Float64Array(2 * cost.length);
      this.node = new Int32Array(2 * node.length);
      this.cost.set(cost);
      this.node.set(node);
    }
  }
  const queue = new Queue();

  /* The ways out of every junction, or into it: those of junction n stand from start[n]. */
  function arcsOf(weighting, inward) {
    const { u, v, use, length_mm: length } = streets;
    const { forwardFactor, backwardFactor } = weighting;
    const start = new Int32Array(junctions + 1);
    function visit(put) {
      for (let e = 0; e < u.length; e += 1) {
        if (u[e] === v[e]) { continue; }
        const there = forwardFactor[use[e]];
        const back = backwardFactor[use[e]];
        if (there < Infinity) { put(inward ? v[e] : u[e], inward ? u[e] : v[e], there, e); }
        if (back < Infinity) { put(inward ? u[e] : v[e], inward ? v[e] : u[e], back, e); }
      }
    }
    visit((node) => { start[node + 1] += 1; });
    for (let n = 0; n < junctions; n += 1) { start[n + 1] += start[n]; }
    const filled = start.slice();
    const other = new Int32Array(start[junctions]);
    const cost = new Float64Array(start[junctions]);
    const edge = new Int32Array(start[junctions]);
    visit((node, to, factor, e) => {
      other[filled[node]] = to;
      cost[filled[node]] = length[e] * factor;
      edge[filled[node]] = e;
      filled[node] += 1;
    });
    return { start, other, cost, edge };
  }

  function arcs(weighting, inward) {
    const way = inward ? "inward" : "outward";
    if (!weighting[way]) {
      const alike = streets.use.every(
        (use) => weighting.forwardFactor[use] === weighting.backwardFactor[use]
      );
      weighting[way] = arcsOf(weighting, inward);
      if (alike) {
        weighting.inward = weighting[way];
        weighting.outward = weighting[way];
      }
    }
    return weighting[way];
  }

  /* Spread costs from seeds over all junctions; label tells which seed each is nearest to. */
  function spread(graph, seeds) {
    const cost = new Float64Array(junctions).fill(Infinity);
    const label = new Int16Array(junctions).fill(-1);
    queue.size = 0;
    seeds.forEach(([node, value, own]) => {
      if (value < cost[node]) {
        cost[node] = value;
        label[node] = own;
        queue.push(value, node);
      }
    });
    while (queue.size) {
      const here = queue.cost[0];
      const node = queue.node[0];
      queue.drop();
      if (here > cost[node]) { continue; }
      for (let j = graph.start[node]; j < graph.start[node + 1]; j += 1) {
        const next = graph.other[j];
        const value = here + graph.cost[j];
        if (value < cost[next]) {
          cost[next] = value;
          label[next] = label[node];
          queue.push(value, next);
        }
      }
    }
    return { cost, label };
  }

  /* A part of an edge; whoever stands on a junction is there, allowed or not. */
  const part = (mm, factor) => (mm === 0 ? 0 : mm * factor);

  /* From a spot to the two ends of its edge, or (arriving) from them to the spot. */
  function toEnds(weighting, spot, arriving) {
    const use = streets.use[spot.edge];
    const there = weighting.forwardFactor[use];
    const back = weighting.backwardFactor[use];
    const leg = spot.leg_mm * weighting.leg_factor;
    return [
      part(spot.at_mm, arriving ? there : back) + leg,
      part(streets.length_mm[spot.edge] - spot.at_mm, arriving ? back : there) + leg
    ];
  }

  /* Along one edge, from a spot to another on it, with both legs. */
  function along(weighting, from, to) {
    const use = streets.use[from.edge];
    const ahead = to.at_mm - from.at_mm;
    const factor = ahead > 0 ? weighting.forwardFactor[use] : weighting.backwardFactor[use];
    return part(Math.abs(ahead), factor) + (from.leg_mm + to.leg_mm) * weighting.leg_factor;
  }

  return { weightings, junctions, queue, arcs, spread, part, toEnds, along };
};
