"use strict";
/* Journeys on the streets of the page: how far the nearest place is from everywhere, which places
   are near, and the way there. Costs are millimetres at the traveller's own speed, so that another
   pace takes no other search; sums of them are the library's to the millimetre. */
Q15.module("streets", function (app) {
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

  /* ---- The places, as they are and as they are tried ---- */
  const shipped = told.places.id.map((id, i) => (
    { id, x: told.places.x[i], y: told.places.y[i], shipped: i, spots: [] }
  ));
  let edits = [];
  let houses = shipped.slice();

  function spotOf(house, number) {
    if (house.spots[number] === undefined) {
      const { spots } = weightings[number];
      if (house.shipped !== null) {
        const i = house.shipped;
        house.spots[number] = spots.edge[i] < 0 ? null : standing(spots, i);
      } else {
        house.spots[number] = streets.snap(house.x, house.y, weightings[number], "end");
      }
    }
    return house.spots[number];
  }

  function standing(spots, i) {
    return { edge: spots.edge[i], at_mm: spots.at_mm[i], leg_mm: spots.leg_mm[i] };
  }

  /* What is tried: [{id, closed: true}] or [{id, x, y}] for one that moves or is new. */
  function setHouses(tried) {
    edits = tried;
    const byId = new Map(tried.map((edit) => [edit.id, edit]));
    houses = [];
    shipped.forEach((house) => {
      const edit = byId.get(house.id);
      byId.delete(house.id);
      if (!edit) { houses.push(house); } else if (!edit.closed) { houses.push(tentative(edit)); }
    });
    byId.forEach((edit) => { if (!edit.closed) { houses.push(tentative(edit)); } });
    weightings.forEach((weighting) => { weighting.now = null; });
    fields.clear();
    app.emit("times");
  }

  function tentative({ id, x, y }) {
    return { id, x, y, shipped: null, spots: [] };
  }

  /* ---- What one search for all who weigh the streets alike finds ---- */
  function costs(number, among) {
    const weighting = weightings[number];
    const seeds = [];
    const onEdge = new Map();
    const numberOf = new Map();
    const tried = [];
    among.forEach((house, label) => {
      if (house.shipped !== null) { numberOf.set(house.shipped, label); }
      const spot = spotOf(house, number);
      if (!spot) { return; }
      const [toU, toV] = toEnds(weighting, spot, true);
      if (toU < Infinity) { seeds.push([streets.u[spot.edge], toU, label]); }
      if (toV < Infinity) { seeds.push([streets.v[spot.edge], toV, label]); }
      if (!onEdge.has(spot.edge)) { onEdge.set(spot.edge, []); }
      onEdge.get(spot.edge).push(label);
      if (house.shipped === null) { tried.push(spot); }
    });
    const { place, node, cost_mm: cost } = weighting.entries;
    for (let i = 0; i < place.length; i += 1) {
      if (numberOf.has(place[i])) { seeds.push([node[i], cost[i], numberOf.get(place[i])]); }
    }
    return { ...spread(arcs(weighting, true), seeds), houses: among, onEdge,
      leaving: tried.length && weighting.entries.place.length ? leaving(weighting, tried) : null };
  }

  /* A way to a house that is only tried might lead beyond the streets of the page and back: it is
     at least as long as the way out and the way in. */
  function leaving(weighting, tried) {
    const { out, back } = toBorder(weighting);
    const into = Math.min(...tried.map((spot) => {
      const [u, v] = toEnds(weighting, spot, true);
      return Math.min(back[streets.u[spot.edge]] + u, back[streets.v[spot.edge]] + v);
    }));
    return { out, into };
  }

  function toBorder(weighting) {
    if (!weighting.border) {
      const border = told.border.map((node) => [node, 0, 0]);
      weighting.border = {
        out: spread(arcs(weighting, true), border).cost,
        back: spread(arcs(weighting, false), border).cost
      };
    }
    return weighting.border;
  }

  /* ---- Fields: the seconds of one traveller ---- */
  const fields = new Map();

  const traveller = (who) => told.travellers[who || app.who().name];

  function pace(who) {
    const own = traveller(who);
    const asked = Number(app.state.get("pace"));
    return own.scales_with_pace && asked > 0 ? asked : own.speed_kmh;
  }

  const secondsOf = (costMm, speed) => costMm / 1000 / (speed / 3.6);

  function knownUpTo(found, weighting, node) {
    if (!found.leaving) { return weighting.known; }
    return Math.min(weighting.known, found.leaving.into + found.leaving.out[node]);
  }

  function fieldOf(who, found, speed) {
    const { weighting: number } = traveller(who);
    const weighting = weightings[number];
    const seconds = new Float64Array(junctions);
    for (let node = 0; node < junctions; node += 1) {
      const cost = found.cost[node];
      seconds[node] = cost <= knownUpTo(found, weighting, node)
        ? secondsOf(cost, speed) : Infinity;
    }
    return { who: who || app.who().name, number, speed, seconds, place: found.label,
      houses: found.houses, found };
  }

  function field(who) {
    const key = `${who || app.who().name} ${pace(who)}`;
    if (!fields.has(key)) {
      const { weighting: number } = traveller(who);
      const weighting = weightings[number];
      weighting.now = weighting.now || (edits.length ? costs(number, houses) : before(number));
      if (fields.size > 12) { fields.clear(); }
      fields.set(key, fieldOf(who, weighting.now, pace(who)));
    }
    return fields.get(key);
  }

  /* The field of the houses and the pace as they stand, whatever is tried. */
  function fieldBefore(who) {
    const { weighting: number, speed_kmh: speed } = traveller(who);
    return fieldOf(who, before(number), speed);
  }

  function before(number) {
    const weighting = weightings[number];
    weighting.before = weighting.before || costs(number, shipped);
    return weighting.before;
  }

  /* The nearest place of a spot; Infinity seconds, and place -1, beyond what is known. Asked of
     every few metres of street, so it makes no objects. */
  let nearestPlace = -1;
  function seconds(own, spot) {
    const weighting = weightings[own.number];
    const { found } = own;
    const u = streets.u[spot.edge];
    const v = streets.v[spot.edge];
    const use = streets.use[spot.edge];
    const leg = spot.leg_mm * weighting.leg_factor;
    const toU = part(spot.at_mm, weighting.backwardFactor[use]) + leg;
    const toV = part(streets.length_mm[spot.edge] - spot.at_mm, weighting.forwardFactor[use]) + leg;
    let best = toU + found.cost[u];
    nearestPlace = found.label[u];
    if (toV + found.cost[v] < best) {
      best = toV + found.cost[v];
      nearestPlace = found.label[v];
    }
    const beside = found.onEdge.get(spot.edge);
    for (let i = 0; beside && i < beside.length; i += 1) {
      const direct = along(weighting, spot, spotOf(found.houses[beside[i]], own.number));
      if (direct < best) {
        best = direct;
        nearestPlace = beside[i];
      }
    }
    let known = weighting.known;
    if (found.leaving) {
      const { out, into } = found.leaving;
      known = Math.min(known, into + Math.min(toU + out[u], toV + out[v]));
    }
    if (best <= known) { return secondsOf(best, own.speed); }
    nearestPlace = -1;
    return Infinity;
  }

  /* ---- From one spot to the nearest few ---- */
  /* Where journeys from a spot end: by junction, the houses and the cost from there. */
  function targets(number, among) {
    const weighting = weightings[number];
    const byNode = new Map();
    function put(node, label, cost, spot) {
      if (!byNode.has(node)) { byNode.set(node, []); }
      byNode.get(node).push({ label, cost, spot });
    }
    const numberOf = new Map();
    among.forEach((house, label) => {
      if (house.shipped !== null) { numberOf.set(house.shipped, label); }
      const spot = spotOf(house, number);
      if (!spot) { return; }
      const [toU, toV] = toEnds(weighting, spot, true);
      if (toU < Infinity) { put(streets.u[spot.edge], label, toU, spot); }
      if (toV < Infinity) { put(streets.v[spot.edge], label, toV, spot); }
    });
    const { place, node, cost_mm: cost } = weighting.entries;
    for (let i = 0; i < place.length; i += 1) {
      if (numberOf.has(place[i])) { put(node[i], numberOf.get(place[i]), cost[i], null); }
    }
    return byNode;
  }

  function reached(who, spot, wanted, most) {
    const { weighting: number } = traveller(who);
    const weighting = weightings[number];
    const graph = arcs(weighting, false);
    const byNode = targets(number, wanted);
    const cost = new Float64Array(junctions).fill(Infinity);
    const from = new Int32Array(junctions).fill(-1);
    const by = new Int32Array(junctions).fill(-1);
    const best = new Map();
    function offer(label, value, node, end) {
      if (!best.has(label) || value < best.get(label).cost) {
        best.set(label, { label, cost: value, node, end });
      }
    }
    wanted.forEach((house, label) => {
      const end = spotOf(house, number);
      if (end && end.edge === spot.edge) { offer(label, along(weighting, spot, end), -1, end); }
    });
    queue.size = 0;
    toEnds(weighting, spot, false).forEach((value, i) => {
      const node = i ? streets.v[spot.edge] : streets.u[spot.edge];
      if (value < cost[node]) {
        cost[node] = value;
        queue.push(value, node);
      }
    });
    const farthest = () => {
      if (best.size < most) { return weighting.known; }
      return [...best.values()].map((one) => one.cost).sort((a, b) => a - b)[most - 1];
    };
    let limit = farthest();
    while (queue.size) {
      const here = queue.cost[0];
      const node = queue.node[0];
      queue.drop();
      if (here > limit) { break; }
      if (here > cost[node]) { continue; }
      if (byNode.has(node)) {
        byNode.get(node).forEach((end) => offer(end.label, here + end.cost, node, end.spot));
        limit = farthest();
      }
      for (let j = graph.start[node]; j < graph.start[node + 1]; j += 1) {
        const next = graph.other[j];
        const value = here + graph.cost[j];
        if (value < cost[next]) {
          cost[next] = value;
          from[next] = node;
          by[next] = graph.edge[j];
          queue.push(value, next);
        }
      }
    }
    const found = [...best.values()].filter((one) => one.cost <= limitOf(number, spot, wanted, one))
      .sort((a, b) => a.cost - b.cost || a.label - b.label).slice(0, most);
    return { found, from, by, number };
  }

  function limitOf(number, spot, wanted, one) {
    const weighting = weightings[number];
    const house = wanted[one.label];
    if (house.shipped !== null || !weighting.entries.place.length) { return weighting.known; }
    const { out, into } = leaving(weighting, [spotOf(house, number)]);
    const away = toEnds(weighting, spot, false);
    return Math.min(weighting.known, into + Math.min(
      away[0] + out[streets.u[spot.edge]], away[1] + out[streets.v[spot.edge]]
    ));
  }

  /* The edges of a journey in turn: [edge, from mm, to mm]. */
  function stretches(spot, search, one) {
    if (one.node < 0) { return [[spot.edge, spot.at_mm, one.end.at_mm]]; }
    const passed = [];
    let node = one.node;
    while (search.from[node] >= 0) {
      const edge = search.by[node];
      const forwards = streets.v[edge] === node;
      const length = streets.length_mm[edge];
      passed.push(forwards ? [edge, 0, length] : [edge, length, 0]);
      node = search.from[node];
    }
    passed.push([spot.edge, spot.at_mm, endOf(spot, node, search.number, false)]);
    passed.reverse();
    if (one.end) {
      passed.push([one.end.edge, endOf(one.end, one.node, search.number, true), one.end.at_mm]);
    }
    return passed;
  }

  /* At which end of its edge a spot is left or entered through a junction: the nearer of two on a
     street that begins and ends at one. */
  function endOf(spot, node, number, arriving) {
    const length = streets.length_mm[spot.edge];
    if (streets.u[spot.edge] !== streets.v[spot.edge]) {
      return streets.u[spot.edge] === node ? 0 : length;
    }
    const [u, v] = toEnds(weightings[number], spot, arriving);
    return u <= v ? 0 : length;
  }

  function described(who, spot, search, one, wanted) {
    const weighting = weightings[search.number];
    const passed = stretches(spot, search, one);
    const legs = spot.leg_mm + (one.end ? one.end.leg_mm : 0);
    const walked = passed.reduce((sum, [, a, b]) => sum + Math.abs(b - a), legs);
    /* Beyond the page a way is known by its cost, which is its length unless paces mix. */
    const beyond = one.end ? 0 : one.cost - passed.reduce(
      (sum, [edge, a, b]) => sum + part(Math.abs(b - a), b > a
        ? weighting.forwardFactor[streets.use[edge]] : weighting.backwardFactor[streets.use[edge]]),
      spot.leg_mm * weighting.leg_factor
    );
    return {
      place: wanted[one.label].id,
      seconds: secondsOf(one.cost, pace(who)),
      metres: (walked + beyond) / 1000,
      complete: one.end !== null,
      passed
    };
  }

  function nearest(who, spot, most) {
    const search = reached(who, spot, houses, most);
    return search.found.map((one) => {
      const { place, seconds, metres, complete } = described(who, spot, search, one, houses);
      return { place, seconds, metres, complete };
    });
  }

  /* The way to a place: its points, and the streets in turn. Not complete where it leaves the
     streets of the page; null where it is not known. */
  function way(who, spot, place) {
    const wanted = houses.filter((house) => house.id === place);
    if (!wanted.length) { return null; }
    const search = reached(who, spot, wanted, 1);
    if (!search.found.length) { return null; }
    const found = described(who, spot, search, search.found[0], wanted);
    const points = found.passed.flatMap(([edge, a, b]) => streets.part(edge, a, b));
    if (spot.asked) { points.unshift(spot.asked); }
    if (found.complete) { points.push([wanted[0].x, wanted[0].y]); }
    return {
      points: points.filter((point, i) => (
        i === 0 || point[0] !== points[i - 1][0] || point[1] !== points[i - 1][1]
      )),
      metres: found.metres,
      seconds: found.seconds,
      complete: found.complete,
      streets: inTurn(found.passed)
    };
  }

  /* The names passed and the metres along each; null for streets without a name. */
  function inTurn(passed) {
    const found = [];
    passed.forEach(([edge, a, b]) => {
      const name = streets.name[edge] < 0 ? null : streets.names[streets.name[edge]];
      const last = found[found.length - 1];
      const metres = Math.abs(b - a) / 1000;
      if (last && last.name === name) { last.metres += metres; } else if (metres > 0) {
        found.push({ name, metres });
      }
    });
    return found;
  }

  app.travel = {
    field,
    fieldBefore,
    seconds,
    /* The id of the nearest place of a spot, null beyond what is known. */
    placeOf(own, spot) {
      seconds(own, spot);
      return nearestPlace < 0 ? null : own.houses[nearestPlace].id;
    },
    nearest,
    way,
    snap: (x, y, who) => streets.snap(x, y, weightings[traveller(who).weighting], "start"),
    /* Where a place stands for a traveller; null beyond the page, or where it has no street. */
    spotOf(id, who) {
      const house = houses.find((one) => one.id === id);
      return house ? spotOf(house, traveller(who).weighting) : null;
    },
    weightingOf: (who) => traveller(who).weighting,
    houses: () => houses.map(({ id, x, y, shipped: own }) => ({ id, x, y, tried: own === null })),
    shipped: () => shipped.map(({ id, x, y }) => ({ id, x, y })),
    edits: () => edits,
    setHouses,
    pace,
    paceCanChange: (who) => traveller(who).scales_with_pace,
    /* Up to how many seconds every time is known; Infinity on the page of the whole city. */
    knownSeconds: (who) => secondsOf(weightings[traveller(who).weighting].known, pace(who))
  };

  app.state.on(["who", "pace"], () => app.emit("times"));

  /* Prepared while nobody waits, one after the other: then a change of traveller is no search. */
  app.on("ready", function () {
    weightings.forEach((weighting, number) => setTimeout(function () {
      before(number);
      toBorder(weighting);
      app.emit("prepared", weighting.travellers);
    }, 400 + 150 * number));
  });
});
