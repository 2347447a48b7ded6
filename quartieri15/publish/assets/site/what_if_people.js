"use strict";
/* Whom a trial gains and loses, by the cells in which people travel with the page. */
Q15.whatIfPeople = function (app) {
  const { cells } = app;
  const limit = app.page.minutes;
  let result = null;

  const isWithin = ({ atMost }, cell) => cells.isWithin(atMost[cell], limit);
  /* A way beyond the streets of the page might be quicker: so it is not known who is within. */
  const isOpen = ({ atMost, atLeast }, cell) => (
    !cells.isWithin(atMost[cell], limit) && cells.isWithin(atLeast[cell], limit)
  );

  function counted(after, base, chosen) {
    const found = {};
    cells.groups.forEach((group) => {
      found[group] = { before: 0, after: 0, gained: 0, lost: 0, open: 0 };
    });
    for (let cell = 0; cell < cells.length; cell += 1) {
      if (!chosen(cell)) { continue; }
      const then = isWithin(base, cell);
      const now = isWithin(after, cell);
      if (isOpen(after, cell)) {
        cells.groups.forEach((group) => { found[group].open += cells.count(group, cell); });
        continue;
      }
      if (!then && !now) { continue; }
      cells.groups.forEach((group) => {
        const people = cells.count(group, cell);
        const one = found[group];
        if (then) { one.before += people; }
        if (now) { one.after += people; }
        if (now && !then) { one.gained += people; }
        if (then && !now) { one.lost += people; }
      });
    }
    return found;
  }

  const bases = new Map();
  function base(who) {
    if (!bases.has(who)) { bases.set(who, cells.bounds(app.travel.fieldBefore(who))); }
    return bases.get(who);
  }

  function compute() {
    const who = app.who().name;
    const then = base(who);
    const now = cells.bounds(app.travel.field(who));
    result = {
      then,
      now,
      here: counted(now, then, (cell) => cells.here[cell] === 1),
      known: counted(now, then, () => true)
    };
  }

  /* Whether a cell is gained (1) or lost (-1); 0 where nothing changes, or it is not known. */
  function turn(cell) {
    const now = isWithin(result.now, cell);
    if (isWithin(result.then, cell) === now || isOpen(result.now, cell)) { return 0; }
    return now ? 1 : -1;
  }

  /* The zones where most of a group are gained or lost, net. */
  function zonesChanged(group) {
    const { name } = cells.zones.nil || { name: [] };
    const net = name.map((text) => ({ name: text, gained: 0, lost: 0 }));
    if (!net.length) { return []; }
    for (let cell = 0; cell < cells.length; cell += 1) {
      const now = turn(cell);
      if (now === 0) { continue; }
      net[cells.zone.nil[cell]][now > 0 ? "gained" : "lost"] += cells.count(group, cell);
    }
    return net.filter((zone) => zone.gained || zone.lost)
      .sort((a, b) => b.gained + b.lost - a.gained - a.lost || (a.name < b.name ? -1 : 1))
      .slice(0, 6);
  }

  /* The middle of the people of every zone of the page. */
  let middlesOf = null;
  function middles() {
    if (middlesOf) { return middlesOf; }
    const { name } = cells.zones.nil || { name: [] };
    const sums = name.map((text) => ({ name: text, x: 0, y: 0, people: 0 }));
    const group = cells.groups[0];
    for (let cell = 0; cell < cells.length && sums.length; cell += 1) {
      if (!cells.here[cell]) { continue; }
      const people = cells.count(group, cell);
      const sum = sums[cells.zone.nil[cell]];
      sum.x += people * cells.x[cell];
      sum.y += people * cells.y[cell];
      sum.people += people;
    }
    middlesOf = sums.filter((sum) => sum.people > 0)
      .map((sum) => ({ name: sum.name, x: sum.x / sum.people, y: sum.y / sum.people }))
      .sort((a, b) => a.name.localeCompare(b.name));
    return middlesOf;
  }

  /* The zone of the cell that is nearest to a point; null where there are none. */
  function zoneAt(x, y) {
    let nearest = -1;
    let least = Infinity;
    for (let cell = 0; cell < cells.length; cell += 1) {
      const away = (cells.x[cell] - x) ** 2 + (cells.y[cell] - y) ** 2;
      if (away < least) {
        least = away;
        nearest = cell;
      }
    }
    const { nil } = cells.zones;
    return nil && nearest >= 0 ? nil.name[cells.zone.nil[nearest]] : null;
  }

  return { compute, base, result: () => result, turn, zonesChanged, middles, zoneAt };
};
