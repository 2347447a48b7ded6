"use strict";
/* Journeys on the streets of the page: how far the nearest place is from everywhere, for every
   traveller, with the places as they are and as they are tried. */
Q15.module("streets", function (app) {
  const told = app.data.streets;
  const { streets } = app;
  const search = Q15.streetSearch(app);
  const { weightings, junctions, arcs, spread, part, toEnds, along } = search;

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

  /* The pace that a text names, in km/h; null if none that anybody walks at. */
  const SLOWEST = 1.5;
  const QUICKEST = 6;
  function paceOf(text) {
    const speed = Number(text);
    return text && speed >= SLOWEST && speed <= QUICKEST ? speed : null;
  }
  app.state.check("pace", (text) => paceOf(text) === null);

  /* The pace that is tried; null if none, or where the traveller has only one. */
  function askedPace(who) {
    return traveller(who).scales_with_pace ? paceOf(app.state.get("pace")) : null;
  }

  function pace(who) { return askedPace(who) ?? traveller(who).speed_kmh; }

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

  /* The nearest place of a spot. The way that is found is there, so it takes at most as long as
     that; and at least as long as the page knows all ways. Asked of every few metres of street, so
     it makes no objects. */
  const nearestNow = { place: -1, atMost: 0, atLeast: 0 };
  function measure(own, spot) {
    const weighting = weightings[own.number];
    const { found } = own;
    const u = streets.u[spot.edge];
    const v = streets.v[spot.edge];
    const use = streets.use[spot.edge];
    const leg = spot.leg_mm * weighting.leg_factor;
    const toU = part(spot.at_mm, weighting.backwardFactor[use]) + leg;
    const toV = part(streets.length_mm[spot.edge] - spot.at_mm, weighting.forwardFactor[use]) + leg;
    let best = toU + found.cost[u];
    nearestNow.place = found.label[u];
    if (toV + found.cost[v] < best) {
      best = toV + found.cost[v];
      nearestNow.place = found.label[v];
    }
    const beside = found.onEdge.get(spot.edge);
    for (let i = 0; beside && i < beside.length; i += 1) {
      const direct = along(weighting, spot, spotOf(found.houses[beside[i]], own.number));
      if (direct < best) {
        best = direct;
        nearestNow.place = beside[i];
      }
    }
    let known = weighting.known;
    if (found.leaving) {
      const { out, into } = found.leaving;
      known = Math.min(known, into + Math.min(toU + out[u], toV + out[v]));
    }
    nearestNow.atMost = secondsOf(best, own.speed);
    nearestNow.atLeast = secondsOf(Math.min(best, known), own.speed);
    return nearestNow;
  }

  /* Seconds to the nearest place; Infinity beyond what is known. */
  function seconds(own, spot) {
    const { atMost, atLeast } = measure(own, spot);
    return atMost <= atLeast ? atMost : Infinity;
  }

  const { nearest, way } = Q15.ways(app, search, {
    houses: () => houses, spotOf, leaving, traveller, pace, secondsOf
  });

  app.travel = {
    field,
    fieldBefore,
    seconds,
    /* The id of the nearest place of a spot, null beyond what is known. */
    placeOf(own, spot) {
      const { atMost, atLeast, place } = measure(own, spot);
      return place < 0 || atMost > atLeast ? null : own.houses[place].id;
    },
    /* {atMost, atLeast} seconds, alike where the time is known: one object for all answers. */
    measure,
    nearest,
    way,
    snap: (x, y, who) => streets.snap(x, y, weightings[traveller(who).weighting], "start"),
    /* Where a place stands for a traveller; null beyond the page, or where it has no street. */
    spotOf(id, who) {
      const house = houses.find((one) => one.id === id);
      return house ? spotOf(house, traveller(who).weighting) : null;
    },
    weightingOf: (who) => traveller(who).weighting,
    houses: () => houses.map(({ id, x, y }) => ({ id, x, y })),
    shipped: () => shipped.map(({ id, x, y }) => ({ id, x, y })),
    setHouses,
    pace,
    askedPace,
    paces: [SLOWEST, QUICKEST],
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
