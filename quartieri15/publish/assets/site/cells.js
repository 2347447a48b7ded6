"use strict";
/* The people of the page, in groups of neighbouring addresses that are never small. */
Q15.module("cells", function (app) {
  const told = app.data.cells;
  const { cells } = told;
  const [cornerX, cornerY] = app.data.streets.corner;
  const metres = (values, corner) => Float64Array.from(values, (value) => (value + corner) / 100);

  const counts = {};
  told.groups.forEach((group) => { counts[group] = cells[`count_${group}`]; });

  app.cells = {
    length: cells.x.length,
    x: metres(cells.x, cornerX),
    y: metres(cells.y, cornerY),
    here: cells.here,
    zones: told.zones,
    zone: { nil: cells.nil },
    groups: told.groups,
    /* How many of a group live in a cell; 0 where too few to be told. */
    count: (group, cell) => Math.max(0, counts[group][cell]) * told.base,
    /* In how many cells here too few of a group live to be told. */
    hidden: (group) => counts[group].reduce(
      (sum, count, cell) => sum + (count < 0 && cells.here[cell] ? 1 : 0), 0
    ),
    spot(cell, who) {
      const spots = told.spots[app.travel.weightingOf(who)];
      if (spots.edge[cell] < 0) { return null; }
      return { edge: spots.edge[cell], at_mm: spots.at_mm[cell], leg_mm: spots.leg_mm[cell] };
    },
    /* By how much counting by cells differs: people within the minutes of the page, by cells and
       at the addresses. */
    within: told.within
  };

  /* The library's limit: a time that rounding puts a hair above it is within it. */
  app.cells.isWithin = (seconds, minutes) => seconds <= minutes * 60 + 1e-6;

  /* Seconds from every cell, Infinity where beyond what is known, NaN where there is no street. */
  app.cells.seconds = function (field) {
    const found = new Float64Array(app.cells.length);
    for (let cell = 0; cell < found.length; cell += 1) {
      const spot = app.cells.spot(cell, field.who);
      found[cell] = spot ? app.travel.seconds(field, spot) : NaN;
    }
    return found;
  };

  /* At most and at least how many seconds from every cell: alike where the time is known. */
  app.cells.bounds = function (field) {
    const atMost = new Float64Array(app.cells.length).fill(Infinity);
    const atLeast = new Float64Array(app.cells.length).fill(Infinity);
    for (let cell = 0; cell < atMost.length; cell += 1) {
      const spot = app.cells.spot(cell, field.who);
      if (!spot) { continue; }
      const found = app.travel.measure(field, spot);
      atMost[cell] = found.atMost;
      atLeast[cell] = found.atLeast;
    }
    return { atMost, atLeast };
  };
});
