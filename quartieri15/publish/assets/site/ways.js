"use strict";
/* From one spot to the nearest few places, and the way there on the streets of the page. */
Q15.ways = function (app, search, { houses, spotOf, leaving, traveller, pace, secondsOf }) {
  const { streets } = app;
  const { weightings, junctions, queue, arcs, part, toEnds, along } = search;

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
  function stretches(spot, found, one) {
    if (one.node < 0) { return [[spot.edge, spot.at_mm, one.end.at_mm]]; }
    const passed = [];
    let node = one.node;
    while (found.from[node] >= 0) {
      const edge = found.by[node];
      const forwards = streets.v[edge] === node;
      const length = streets.length_mm[edge];
      passed.push(forwards ? [edge, 0, length] : [edge, length, 0]);
      node = found.from[node];
    }
    passed.push([spot.edge, spot.at_mm, endOf(spot, node, found.number, false)]);
    passed.reverse();
    if (one.end) {
      passed.push([one.end.edge, endOf(one.end, one.node, found.number, true), one.end.at_mm]);
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

  function described(who, spot, found, one, wanted) {
    const weighting = weightings[found.number];
    const passed = stretches(spot, found, one);
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
    const wanted = houses();
    const reach = reached(who, spot, wanted, most);
    return reach.found.map((one) => {
      const { place, seconds, metres, complete } = described(who, spot, reach, one, wanted);
      return { place, seconds, metres, complete };
    });
  }

  /* The way to a place: its points, and the streets in turn. Not complete where it leaves the
     streets of the page; null where it is not known. */
  function way(who, spot, place) {
    const wanted = houses().filter((house) => house.id === place);
    if (!wanted.length) { return null; }
    const reach = reached(who, spot, wanted, 1);
    if (!reach.found.length) { return null; }
    const found = described(who, spot, reach, reach.found[0], wanted);
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

  return { nearest, way };
};
