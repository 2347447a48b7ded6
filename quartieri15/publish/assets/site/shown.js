"use strict";
/* Before, after, what changes: where people live, coloured by minutes or by the difference. */
Q15.module("shown", function (app) {
  if (!app.map) { return; }
  const { own } = app.scenario;
  const cells = own.hexagons;
  const { column, row } = cells.where;
  const { size } = cells.people;
  const SIDES = ["before", "after", "change"];
  /* Upper limits of classes of minutes, as on all pages; of the difference, in minutes. */
  const LIMITS = cells.minutes_limits;
  const STEPS = cells.saved_limits;
  const RAMP = ["--ramp-5", "--ramp-4", "--ramp-3", "--ramp-2", "--ramp-1"];
  const byId = (id) => document.getElementById(id);

  const shown = () => (SIDES.includes(app.state.get("shown")) ? app.state.get("shown") : "change");
  app.state.check("shown", (text) => !SIDES.includes(text));
  const minutes = () => cells.minutes[app.scenario.who()];
  const crossing = () => cells.crossing[app.scenario.who()];
  const width = Math.sqrt(3) * cells.side_m;
  const centre = (k) => [
    (column[k] + (row[k] & 1 ? 0.5 : 0)) * width, row[k] * 1.5 * cells.side_m
  ];

  function classOf(limits, value) {
    let k = 0;
    while (k < limits.length && value > limits[k]) { k += 1; }
    return k;
  }

  /* Minutes saved by the people of a hexagon: negative where their way becomes longer. */
  function saved(k) {
    const { before, after } = minutes();
    return before[k] < 0 || after[k] < 0 ? 0 : (before[k] - after[k]) / 2;
  }

  function stepOf(value) {
    let k = -1;
    while (k + 1 < STEPS.length && Math.abs(value) >= STEPS[k + 1]) { k += 1; }
    return k;
  }

  function colourOf(side, k) {
    if (side === "change") {
      const value = saved(k);
      const step = stepOf(value);
      return step < 0 ? "--same-pale" : `--${value > 0 ? "gain" : "lose"}-${step + 1}`;
    }
    const value = minutes()[side][k];
    return value < 0 ? "--hatch" : RAMP[classOf(LIMITS, value / 2)];
  }

  function path(context, view, x, y, radius) {
    context.beginPath();
    for (let i = 0; i < 6; i += 1) {
      const angle = Math.PI / 6 + i * Math.PI / 3;
      context.lineTo(view.x(x + radius * Math.cos(angle)), view.y(y + radius * Math.sin(angle)));
    }
    context.closePath();
  }

  /* Lines across, so that a loss is told without its colour too. */
  function strike(context, view, x, y) {
    const reach = cells.side_m * 0.6;
    context.beginPath();
    context.moveTo(view.x(x - reach), view.y(y - reach));
    context.lineTo(view.x(x + reach), view.y(y + reach));
    context.stroke();
  }

  function draw(context, view) {
    const side = shown();
    const colours = new Map();
    const colour = (name) => {
      if (!colours.has(name)) { colours.set(name, app.colour(name)); }
      return colours.get(name);
    };
    const [west, south, east, north] = view.bounds;
    const far = cells.side_m;
    for (let k = 0; k < column.length; k += 1) {
      const [x, y] = centre(k);
      if (x < west - far || x > east + far || y < south - far || y > north + far) { continue; }
      const name = colourOf(side, k);
      path(context, view, x, y, cells.side_m * 0.97);
      context.fillStyle = colour(name);
      /* Where nothing changes the ground stays to be seen. */
      context.globalAlpha = name === "--same-pale" ? 0.45 : 0.82;
      context.fill();
      if (name.startsWith("--lose")) {
        context.strokeStyle = colour("--paper");
        context.lineWidth = 1.5;
        strike(context, view, x, y);
      }
    }
    context.globalAlpha = 1;
    if (side === "change") { outline(context, view, colour); }
  }

  function outline(context, view, colour) {
    const found = crossing();
    [["gained_at", "--gain"], ["lost_at", "--lose"]].forEach(([name, own]) => {
      found[name].forEach((k) => {
        const [x, y] = centre(k);
        path(context, view, x, y, cells.side_m * 0.82);
        context.strokeStyle = colour("--ink");
        context.lineWidth = view.zoom >= 14 ? 3 : 2;
        context.setLineDash(own === "--lose" ? [5, 3] : []);
        context.stroke();
      });
    });
    context.setLineDash([]);
  }

  app.paint("hexagons", { pane: "theme", draw });

  /* The legend, in words. */
  function entry(swatch, words) {
    return app.h("li", null, swatch, app.h("span", null, words));
  }

  function hexagon(colour, more = {}) {
    const points = [0, 1, 2, 3, 4, 5].map((i) => {
      const angle = Math.PI / 6 + i * Math.PI / 3;
      return `${12 + 10 * Math.cos(angle)},${12 + 10 * Math.sin(angle)}`;
    }).join(" ");
    return app.svg("svg", { viewBox: "0 0 24 24", class: "hexagon-swatch", "aria-hidden": "true" },
      app.svg("polygon", { points, fill: colour ? app.colour(colour) : "none",
        stroke: app.colour("--border"), ...more }));
  }

  const say = (key, low, high) => app.say(key, { low: app.number(low), high: app.number(high) });

  function legendOfMinutes() {
    const present = new Set();
    for (let k = 0; k < column.length; k += 1) { present.add(colourOf(shown(), k)); }
    const entries = RAMP.map((colour, k) => {
      if (k === 0) { return [colour, say("scenario.up_to", 0, LIMITS[0])]; }
      if (k === LIMITS.length) { return [colour, say("scenario.beyond", LIMITS[k - 1], 0)]; }
      return [colour, say("scenario.between", LIMITS[k - 1], LIMITS[k])];
    });
    if (present.has("--hatch")) { entries.push(["--hatch", app.say("scenario.unreached")]); }
    return entries.map(([colour, words]) => entry(hexagon(colour), words));
  }

  function legendOfChange() {
    const present = new Set();
    for (let k = 0; k < column.length; k += 1) { present.add(colourOf("change", k)); }
    const entries = [];
    [["gain", "scenario.less", "scenario.less_above"],
      ["lose", "scenario.more", "scenario.more_above"]].forEach(([name, between, above]) => {
      STEPS.forEach((low, k) => {
        const colour = `--${name}-${k + 1}`;
        if (!present.has(colour)) { return; }
        const last = k + 1 === STEPS.length;
        entries.push(entry(hexagon(colour),
          last ? app.say(above, { low: app.number(low) }) : app.say(between, { low: app.number(low), n: STEPS[k + 1] })));
      });
    });
    entries.push(entry(hexagon("--same-pale"), app.say("scenario.same")));
    const found = crossing();
    [["gained_at", "scenario.crosses_in", null],
      ["lost_at", "scenario.crosses_out", "5 3"]].forEach(([name, key, dashes]) => {
      if (!found[name].length) { return; }
      entries.push(entry(
        hexagon(null, { stroke: app.colour("--ink"), "stroke-width": 2.5,
          "stroke-dasharray": dashes }),
        app.say(key, { minutes: app.number(app.page.minutes) })
      ));
    });
    return entries;
  }

  function legend() {
    const side = shown();
    const who = app.scenario.label(app.scenario.who());
    const entries = side === "change" ? legendOfChange() : legendOfMinutes();
    byId("shown-title").textContent = app.say(
      side === "change" ? "scenario.change_legend" : "scenario.minutes_legend", { who }
    );
    byId("shown-legend").replaceChildren(...entries);
    const idle = side === "change" && entries.length === 1;
    byId("shown-note").textContent = [
      ...(idle ? [app.say("scenario.changes_nowhere")] : []),
      app.say("scenario.hexagons", { least: app.number(cells.limits[0]) })
    ].join(" ");
    app.repaint("hexagons");
  }

  const KEYS = {
    before: "scenario.shown_before", after: "scenario.shown_after", change: "scenario.shown_change"
  };
  SIDES.forEach((side) => {
    const input = app.h("input", {
      type: "radio", name: "shown", value: side,
      onchange: () => app.state.set({ shown: side === "change" ? null : side })
    });
    const name = app.said(app.h("span"), KEYS[side]);
    byId("shown-sides").append(app.h("label", { class: "shown-side" }, input, name));
    const check = () => { input.checked = shown() === side; };
    check();
    app.state.on("shown", check);
  });
  app.scenario.follow(legend);
  app.state.on("shown", legend);

  if (own.areas.length > 1) {
    const group = byId("shown-areas");
    group.hidden = false;
    const button = (name, bounds) => app.h(
      "button", { type: "button", onclick: () => app.show(bounds) }, name
    );
    own.areas.forEach(({ name, bounds }) => group.append(button(name, bounds)));
    group.append(app.said(button(null, app.page.bounds), "scenario.everything"));
  }

  /* A tap on a hexagon tells what is known of those who live there. */
  const range = ([key, above], k) => {
    const high = cells.limits[k + 1];
    const values = {
      low: app.number(cells.limits[k]),
      minutes: app.number(app.page.minutes),
      group: app.scenario.text(own.group)
    };
    return high === undefined
      ? app.say(above, values)
      : app.say(key, { ...values, high: app.number(high) });
  };

  function nearest(x, y) {
    let best = -1;
    let least = cells.side_m;
    for (let k = 0; k < column.length; k += 1) {
      const [cx, cy] = centre(k);
      const far = Math.hypot(x - cx, y - cy);
      if (far < least) { [best, least] = [k, far]; }
    }
    return best;
  }

  function told(k) {
    const { before, after } = minutes();
    const side = (name, value) => (value < 0
      ? app.say(name === "before" ? "scenario.before_unreached" : "scenario.after_unreached")
      : app.say(name === "before" ? "scenario.before_minutes" : "scenario.after_minutes",
        { minutes: app.number(value / 2) }));
    const parts = [side("before", before[k]), side("after", after[k])];
    const found = crossing();
    [["gained", ["scenario.come_in", "scenario.come_in_above"]],
      ["lost", ["scenario.drop_out", "scenario.drop_out_above"]]].forEach(([name, keys]) => {
      const place = found[`${name}_at`].indexOf(k);
      if (place >= 0) { parts.push(range(keys, found[name][place])); }
    });
    return parts;
  }

  app.hit(function (x, y) {
    const k = nearest(x, y);
    if (k < 0) { return false; }
    app.card({
      at: centre(k),
      title: range(["scenario.hexagon_title", "scenario.hexagon_title_above"], size[k]),
      content: app.h("div", null,
        app.h("p", { class: "quiet" }, app.scenario.label(app.scenario.who())),
        told(k).map((part) => app.h("p", null, part)))
    });
    return true;
  });
});
