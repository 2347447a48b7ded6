"use strict";
/* Minutes to the nearest place at every point in sight: along the streets of the page as they are
   searched, and beside them by the way there. */
Q15.minutesOfStreets = function (app) {
  /* Ground farther than this from a street belongs to none, in metres (reach/cells.py). */
  const REACH_M = 75;
  /* Streets are looked at every so many metres, at most. */
  const EVERY_M = 25;
  const { streets } = app;
  const { shapes } = streets;

  /* Points along all streets, once: where they are, on which edge, and at what part of it. */
  let along = null;
  function points() {
    if (along) { return along; }
    const [edge, part, x, y] = [[], [], [], []];
    for (let e = 0; e < streets.u.length; e += 1) {
      const first = shapes.start[e];
      const last = shapes.start[e + 1] - 1;
      let whole = 0;
      for (let i = first; i < last; i += 1) {
        whole += Math.hypot(shapes.x[i + 1] - shapes.x[i], shapes.y[i + 1] - shapes.y[i]);
      }
      const count = Math.max(1, Math.ceil(whole / EVERY_M));
      let corner = first;
      let before = 0;
      for (let k = 0; k < count; k += 1) {
        const wanted = whole * (k + 0.5) / count;
        let step = Math.hypot(
          shapes.x[corner + 1] - shapes.x[corner], shapes.y[corner + 1] - shapes.y[corner]
        );
        while (before + step < wanted && corner < last - 1) {
          before += step;
          corner += 1;
          step = Math.hypot(
            shapes.x[corner + 1] - shapes.x[corner], shapes.y[corner + 1] - shapes.y[corner]
          );
        }
        const t = step ? Math.min(1, (wanted - before) / step) : 0;
        x.push(shapes.x[corner] + t * (shapes.x[corner + 1] - shapes.x[corner]));
        y.push(shapes.y[corner] + t * (shapes.y[corner + 1] - shapes.y[corner]));
        edge.push(e);
        part.push((k + 0.5) / count);
      }
    }
    along = {
      edge: Int32Array.from(edge), part: Float64Array.from(part),
      x: Float64Array.from(x), y: Float64Array.from(y)
    };
    return along;
  }

  /* Seconds at each of those points, for the traveller and the places of now. */
  let now = null;
  function sampled() {
    const field = app.travel.field(app.who().name);
    if (now && now.field === field) { return now; }
    const { edge, part } = points();
    const { forward, backward, leg_factor: leg } = app.data.streets.weightings[field.number];
    const { cost, onEdge } = field.found;
    const perMm = 1 / 1000 / (field.speed / 3.6);
    const seconds = new Float32Array(edge.length);
    for (let i = 0; i < edge.length; i += 1) {
      const e = edge[i];
      if (onEdge.has(e)) {
        seconds[i] = app.travel.seconds(field, {
          edge: e, at_mm: part[i] * streets.length_mm[e], leg_mm: 0
        });
        continue;
      }
      const there = forward[streets.use[e]];
      const back = backward[streets.use[e]];
      const length = streets.length_mm[e];
      const least = Math.min(
        there === null ? Infinity : cost[streets.v[e]] + (1 - part[i]) * length * there,
        back === null ? Infinity : cost[streets.u[e]] + part[i] * length * back
      );
      seconds[i] = least * perMm;
    }
    now = { field, seconds, perMetre: leg * 1000 * perMm };
    return now;
  }

  return {
    /* Minutes at the middle of cells of so many pixels; Infinity where no street is near, or no
       place is. */
    raster({ view, pixels, wide, high }) {
      const { x, y } = points();
      const { seconds, perMetre } = sampled();
      const [west, , , north] = view.bounds;
      const size = view.metresPerPixel * pixels;
      const reach = Math.max(REACH_M, size / Math.SQRT2) / size;
      const square = reach * reach;
      const perCell = perMetre * size;
      const found = new Float32Array(wide * high).fill(Infinity);
      for (let k = 0; k < x.length; k += 1) {
        /* In cells, from the middle of the first. */
        const i = (x[k] - west) / size - 0.5;
        const j = (north - y[k]) / size - 0.5;
        if (i < -reach || j < -reach || i > wide + reach || j > high + reach
          || seconds[k] === Infinity) { continue; }
        const left = Math.max(0, Math.ceil(i - reach));
        const right = Math.min(wide - 1, Math.floor(i + reach));
        const low = Math.min(high - 1, Math.floor(j + reach));
        for (let row = Math.max(0, Math.ceil(j - reach)); row <= low; row += 1) {
          const down = (row - j) * (row - j);
          for (let column = left; column <= right; column += 1) {
            const far = (column - i) * (column - i) + down;
            if (far > square) { continue; }
            const value = seconds[k] + Math.sqrt(far) * perCell;
            const at = row * wide + column;
            if (value < found[at]) { found[at] = value; }
          }
        }
      }
      for (let at = 0; at < found.length; at += 1) { found[at] /= 60; }
      return found;
    },
    /* At one point, put on its street as a person is; null where that is not known. */
    at(x, y) {
      const who = app.who().name;
      const spot = app.travel.snap(x, y, who);
      if (!spot) { return null; }
      const minutes = app.travel.seconds(app.travel.field(who), spot) / 60;
      return Number.isFinite(minutes) ? minutes : null;
    }
  };
};
