"use strict";
/* What the map shows: minutes, shares, counts, densities, gaps; their legends and cards. */
Q15.module("themes", function (app) {
  const own = app.data.themes;
  const groups = app.page.groups;
  const limit = app.page.minutes;
  const [TOLD, AT_LEAST, AT_MOST, NOT_TOLD, NOBODY] = [0, 1, 2, 3, 4];
  const CLASSES = 5;

  /* ---- Figures: of the zones of the page, and of what is more than a zone ---- */

  const sizeOf = (set) => (set.zones ? set.zones.id.length : set.id.length);

  /* What is published of one area for a group and a traveller; null where it is not. */
  function figure(set, i, group = app.group(), who = app.who().name) {
    const count = sizeOf(set);
    const at = groups.indexOf(group) * count + i;
    const figures = set.figures[who];
    const population = set.people.population[at];
    const kind = figures.kind[at];
    const uncovered = kind === NOT_TOLD ? null : figures.uncovered[at];
    const known = uncovered !== null && population > 0;
    return {
      population: population < 0 ? null : population,
      kind,
      uncovered,
      share: known ? uncovered / population : null,
      minutes: figures.minutes[at] < 0 ? null : figures.minutes[at],
      reasons: figures.reasons
        ? own.reasons.filter((code, bit) => figures.reasons[at] & (1 << bit)) : []
    };
  }

  function density(i, group = app.group()) {
    const people = own.people.population[groups.indexOf(group) * sizeOf(own) + i];
    return people < 0 ? null : people / own.people.ares[i] * 1e4;
  }

  const inWords = { [AT_LEAST]: "themes.at_least", [AT_MOST]: "themes.at_most" };

  /* A figure as text: with "at least" where only a limit is published. */
  function told({ kind, uncovered, share }, what) {
    if (kind === NOBODY) { return app.say("themes.nobody_lives"); }
    if (kind === NOT_TOLD) { return app.say("themes.not_published"); }
    /* Nearly nobody is not nobody, nearly all are not all: that is a limit already. */
    if (what === "share" && share > 0 && share <= 0.005 && kind !== AT_LEAST) {
      return app.say("themes.nearly_nobody");
    }
    if (what === "share" && share < 1 && share >= 0.995 && kind !== AT_MOST) {
      return app.say("themes.nearly_all");
    }
    const text = what === "share" ? app.share(share) : app.people(uncovered);
    return inWords[kind] ? app.say(inWords[kind], { value: text }) : text;
  }

  const groupText = (group = app.group()) => app.say("themes.group." + group);
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

  /* Who travels and from when the people are: beside every figure. */
  function asked({ traveller = true } = {}) {
    const who = app.who();
    const parts = [];
    if (traveller) {
      parts.push(app.say("themes.traveller", {
        who: capital(who.label[app.language()]), speed: who.speed_kmh
      }));
    }
    if (own.year) { parts.push(app.say("themes.residents_of", { year: own.year })); }
    return parts.join(" ");
  }

  app.zones = {
    own, wholes: own.wholes, sizeOf, figure, told, groupText, capital, asked,
    AT_LEAST, AT_MOST, NOT_TOLD, NOBODY,
    names: own.zones.name,
    open: (i, opener) => openZone(i, null, opener)
  };

  /* ---- The themes ---- */

  const THEMES = {
    minutes: { ramp: "ramp", limits: () => own.limits.minutes, travels: true },
    share: {
      ramp: "lack", limits: () => own.limits.share, travels: true, counts: true,
      value: (i) => byKind(figure(own, i), (one) => one.share * 100)
    },
    count: {
      ramp: "lack", limits: () => own.limits.count[app.group()], travels: true, counts: true,
      value: (i) => byKind(figure(own, i), (one) => one.uncovered)
    },
    density: {
      ramp: "ramp", limits: () => own.limits.density[app.group()], counts: true,
      value: (i) => byKind({ ...figure(own, i), kind: peopleKind(i) }, () => density(i))
    },
    gaps: { ramp: "lack", limits: () => own.limits.count[app.group()], travels: true, counts: true }
  };
  if (own.people.classes) { THEMES.both = {}; }
  const order = ["minutes", "share", "count", "gaps", "density", "both"]
    .filter((name) => THEMES[name]);

  function peopleKind(i) {
    const people = density(i);
    return people === null ? NOT_TOLD : people === 0 ? NOBODY : TOLD;
  }

  /* A number, or why there is none. */
  function byKind(one, number) {
    if (one.kind === NOBODY) { return "nobody"; }
    if (one.kind === NOT_TOLD) { return "untold"; }
    return number(one);
  }

  /* The Municipio looks at shares; who asks for a way, or moves a house, looks at minutes. */
  function first() {
    const personal = app.state.get("from") || app.state.get("edits");
    return app.page.kind === "municipio" && !personal ? "share" : "minutes";
  }
  const theme = () => (Object.hasOwn(THEMES, app.state.get("theme")) ? app.state.get("theme") : first());
  app.theme = theme;
  app.state.check("theme", (text) => !Object.hasOwn(THEMES, text));

  function classOf(value, limits) {
    let place = 0;
    while (place < limits.length && value > limits[place]) { place += 1; }
    return place;
  }
  /* From the whole ramp, also where there are few classes. */
  const step = (place, classes) => (
    classes < 2 ? 3 : 1 + Math.round(place * (CLASSES - 1) / (classes - 1))
  );
  const fillOf = (ramp, place, classes) => `${ramp}-${step(place, classes)}`;

  /* The name of the fill of a zone: a step of a ramp, a pair of classes, or a pattern. */
  function zoneFill(name, i) {
    if (name === "both") {
      const pair = own.people.classes[i];
      if (pair < 0) { return "untold"; }
      return pair % 10 && pair >= 10 ? `both-${pair}` : "nobody";
    }
    const { ramp, limits, value } = THEMES[name];
    const found = value(i);
    if (typeof found === "string") { return found; }
    return fillOf(ramp, classOf(found, limits()), limits().length + 1);
  }

  /* ---- Shapes ---- */

  function shapesOf(packed, count, unit) {
    const shapes = Array.from({ length: count }, () => (
      { rings: [], box: [Infinity, Infinity, -Infinity, -Infinity] }
    ));
    let corner = 0;
    packed.corners.forEach((corners, ring) => {
      const shape = shapes[packed.owner[ring]];
      const points = new Float64Array(2 * corners);
      for (let i = 0; i < corners; i += 1) {
        const x = packed.x[corner + i] * unit;
        const y = packed.y[corner + i] * unit;
        points[2 * i] = x;
        points[2 * i + 1] = y;
        shape.box = [
          Math.min(shape.box[0], x), Math.min(shape.box[1], y),
          Math.max(shape.box[2], x), Math.max(shape.box[3], y)
        ];
      }
      shape.rings.push(points);
      corner += corners;
    });
    return shapes;
  }

  function inside(shape, x, y) {
    const [w, s, e, n] = shape.box;
    if (x < w || x > e || y < s || y > n) { return false; }
    let odd = false;
    shape.rings.forEach((ring) => {
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
        const above = ring[i + 1] > y;
        if (above !== (ring[j + 1] > y)
          && x < (ring[j] - ring[i]) * (y - ring[i + 1]) / (ring[j + 1] - ring[i + 1]) + ring[i]) {
          odd = !odd;
        }
      }
    });
    return odd;
  }

  /* A point well inside: in the middle of the widest of some lines across. */
  function middle(shape) {
    const [, s, , n] = shape.box;
    let best = { width: -1, at: [shape.box[0], s] };
    for (let k = 1; k < 10; k += 1) {
      const y = s + (n - s) * (k / 10) + 0.013;
      const crossings = [];
      shape.rings.forEach((ring) => {
        for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
          if ((ring[i + 1] > y) !== (ring[j + 1] > y)) {
            const part = (y - ring[i + 1]) / (ring[j + 1] - ring[i + 1]);
            crossings.push(ring[i] + (ring[j] - ring[i]) * part);
          }
        }
      });
      crossings.sort((a, b) => a - b);
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        const width = crossings[i + 1] - crossings[i];
        if (width > best.width) { best = { width, at: [(crossings[i] + crossings[i + 1]) / 2, y] }; }
      }
    }
    return best.at;
  }

  const zones = shapesOf(own.shapes, own.zones.id.length, 0.1);

  function trace(context, view, shape) {
    context.beginPath();
    shape.rings.forEach((ring) => {
      for (let i = 0; i < ring.length; i += 2) {
        const [x, y] = [view.x(ring[i]), view.y(ring[i + 1])];
        if (i) { context.lineTo(x, y); } else { context.moveTo(x, y); }
      }
      context.closePath();
    });
  }

  const seen = ({ box }, { bounds: [w, s, e, n] }) => (
    box[0] < e && box[2] > w && box[1] < n && box[3] > s
  );

  /* ---- Fills: colours, and two patterns that never look like data ---- */

  const fills = new Map();
  function fillStyle(context, name) {
    if (name === "untold" || name === "nobody") {
      if (!fills.has(name)) { fills.set(name, context.createPattern(tile(name), "repeat")); }
      return fills.get(name);
    }
    if (!fills.has(name)) { fills.set(name, app.colour(`--${name}`)); }
    return fills.get(name);
  }

  function tile(name) {
    const square = document.createElement("canvas");
    square.width = 8;
    square.height = 8;
    const context = square.getContext("2d");
    context.fillStyle = context.strokeStyle = app.colour("--hatch");
    if (name === "untold") {
      context.lineWidth = 1.4;
      context.beginPath();
      [[-2, 2], [-2, 10], [6, 10]].forEach(([x, y]) => {
        context.moveTo(x, y);
        context.lineTo(x + 8, y - 8);
      });
      context.stroke();
    } else {
      context.beginPath();
      context.arc(4, 4, 1.1, 0, 2 * Math.PI);
      context.fill();
    }
    return square;
  }

  function drawZones(context, view, name) {
    context.lineWidth = 0.8;
    context.strokeStyle = app.colour("--border");
    zones.forEach((shape, i) => {
      if (!seen(shape, view)) { return; }
      trace(context, view, shape);
      context.fillStyle = fillStyle(context, zoneFill(name, i));
      context.fill("evenodd");
      context.stroke();
    });
  }

  /* ---- Minutes: everywhere within reach of a street ---- */

  const minutesAt = app.travel ? Q15.minutesOfStreets(app) : null;

  /* Minutes are known in cells of a few pixels. Between their middles they are taken in straight
     lines, so that a limit is a line and no staircase. Where no street is near, or none leads to a
     house, the ground is seen; beyond the last limit it is seen through the palest colour. */
  const CELL_PX = 3;
  /* Who looks at streets wants to read their names, and see the houses along them. */
  const STREETS_FROM = 15;
  const PALE = 0.5;
  const BEYOND = 0.6;

  function drawMinutes(context, view) {
    if (!minutesAt) { return; }
    const limits = own.limits.minutes;
    const inks = limits.map((_, place) => asWord(fillStyle(context, `ramp-${CLASSES - place}`)));
    inks.push(asWord(fillStyle(context, "ramp-1"), BEYOND), 0);
    const nowhere = limits.length + 1;
    const placeOf = (value) => (value === Infinity ? nowhere : classOf(value, limits));
    const wide = Math.ceil(view.width / CELL_PX) + 1;
    const high = Math.ceil(view.height / CELL_PX) + 1;
    const minutes = minutesAt.raster({ view, pixels: CELL_PX, wide, high });
    const places = Uint8Array.from(minutes, placeOf);
    const width = (wide - 1) * CELL_PX;
    const image = new ImageData(width, (high - 1) * CELL_PX);
    const words = new Uint32Array(image.data.buffer);
    /* Squares between four middles: most lie in one class, and are filled as they are. */
    for (let row = 0; row + 1 < high; row += 1) {
      for (let column = 0; column + 1 < wide; column += 1) {
        const at = row * wide + column;
        const place = places[at];
        const one = place === places[at + 1] && place === places[at + wide]
          && place === places[at + wide + 1];
        if (one && place === nowhere) { continue; }
        for (let k = 0; k < CELL_PX * CELL_PX; k += 1) {
          const [x, y] = [k % CELL_PX, Math.floor(k / CELL_PX)];
          const found = one ? place : placeOf(
            between(minutes, at, wide, (x + 0.5) / CELL_PX, (y + 0.5) / CELL_PX)
          );
          words[(row * CELL_PX + y) * width + column * CELL_PX + x] = inks[found];
        }
      }
    }
    const canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext("2d").putImageData(image, 0, 0);
    context.globalAlpha = view.zoom < STREETS_FROM ? 1 : PALE;
    context.drawImage(canvas, CELL_PX / 2, CELL_PX / 2);
    context.globalAlpha = 1;
  }

  /* The mean of four cells by how near they are; Infinity where most of that has no time. */
  function between(values, at, wide, u, v) {
    let sum = 0;
    let weight = 0;
    for (let k = 0; k < 4; k += 1) {
      const value = values[at + (k & 1) + (k >> 1) * wide];
      if (value === Infinity) { continue; }
      const part = ((k & 1) ? u : 1 - u) * ((k >> 1) ? v : 1 - v);
      sum += part * value;
      weight += part;
    }
    return weight > 0.5 ? sum / weight : Infinity;
  }

  /* "#rrggbb" as the four bytes of a pixel. */
  function asWord(colour, opacity = 1) {
    const number = parseInt(colour.slice(1), 16);
    return (Math.round(255 * opacity) << 24) | ((number & 255) << 16) | (number & 0xff00) | (number >> 16);
  }

  /* ---- Gaps: where people live beyond the threshold, side by side ---- */

  const shapesOfGaps = new Map();
  function gapShapes(who) {
    if (!shapesOfGaps.has(who)) {
      shapesOfGaps.set(who, shapesOf(own.gaps[who], own.gaps[who].zone.length, 1));
    }
    return shapesOfGaps.get(who);
  }

  /* The areas of the group and traveller chosen, that with most people first. */
  function gaps() {
    const who = app.who().name;
    const packed = own.gaps[who];
    const count = packed.zone.length;
    const shapes = gapShapes(who);
    const from = groups.indexOf(app.group()) * count;
    return Array.from({ length: count }, (_, i) => ({
      i,
      shape: shapes[i],
      zone: packed.zone[i],
      streets: [0, 1, 2].map((k) => packed.streets[3 * i + k])
        .filter((name) => name >= 0).map((name) => own.words[name]),
      people: packed.uncovered[from + i],
      fifth: packed.fifth[from + i],
      tenths: packed.tenths[from + i],
      minutes: packed.minutes[from + i],
      place: packed.place[from + i] < 0 ? null : own.words[packed.place[from + i]]
    })).filter((gap) => gap.people > 0).sort((a, b) => b.people - a.people || a.i - b.i);
  }

  const NUMBERED = 8;

  function drawGaps(context, view) {
    const limits = THEMES.gaps.limits();
    gaps().reverse().forEach((gap) => {
      if (!seen(gap.shape, view)) { return; }
      trace(context, view, gap.shape);
      const fill = fillOf("lack", classOf(gap.people, limits), limits.length + 1);
      context.fillStyle = fillStyle(context, fill);
      context.fill("evenodd");
      context.lineWidth = 1.2;
      context.strokeStyle = fillStyle(context, "lack-5");
      context.stroke();
    });
  }

  function drawNumbers(context, view) {
    context.font = '700 14px "Titillium Web", system-ui, sans-serif';
    context.textAlign = "center";
    context.textBaseline = "middle";
    gaps().slice(0, NUMBERED).forEach((gap, i) => {
      const [x, y] = middle(gap.shape);
      context.beginPath();
      context.arc(view.x(x), view.y(y), 12, 0, 2 * Math.PI);
      context.fillStyle = app.colour("--ink");
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = "#fff";
      context.stroke();
      context.fillStyle = "#fff";
      context.fillText(String(i + 1), view.x(x), view.y(y) + 1);
    });
  }

  /* ---- Painting ---- */

  /* Under coloured zones the ground is pale, or a park would look like a class of its own. */
  app.paint("theme-under", {
    pane: "ground",
    draw(context, view) {
      if (theme() === "minutes" || theme() === "gaps") { return; }
      context.fillStyle = app.colour("--land");
      context.globalAlpha = 0.75;
      zones.filter((shape) => seen(shape, view)).forEach((shape) => {
        trace(context, view, shape);
        context.fill("evenodd");
      });
      context.globalAlpha = 1;
    }
  });

  app.map.getPane("theme").classList.add("multiplied");
  /* What the colours of a legend shall be seen on must not have colours of its own. */
  app.coloursZones = () => !["minutes", "gaps"].includes(theme());
  app.paint("theme", {
    pane: "theme",
    draw(context, view) {
      const name = theme();
      if (name === "minutes") {
        drawMinutes(context, view);
      } else if (name === "gaps") {
        drawGaps(context, view);
      } else {
        drawZones(context, view, name);
      }
    }
  });

  let chosen = null;
  app.paint("theme-chosen", {
    pane: "lines",
    draw(context, view) {
      if (!chosen) { return; }
      trace(context, view, chosen);
      context.lineJoin = "round";
      [["#fff", 6], [app.colour("--selection"), 3]].forEach(([colour, width]) => {
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.stroke();
      });
    }
  });

  /* Numbers stand above names: a list speaks of them. */
  app.paint("theme-numbers", {
    pane: "names",
    draw(context, view) { if (theme() === "gaps") { drawNumbers(context, view); } }
  });

  function choose(shape) {
    chosen = shape;
    app.repaint("theme-chosen");
  }

  /* ---- Cards ---- */

  const line = (label, value) => [app.h("dt", {}, label), app.h("dd", {}, value)];
  const big = (value, text) => app.h("p", { class: "card-figure" },
    app.h("strong", {}, value), " ", text);

  function municipiText(i) {
    const names = own.zones.municipi[i].map(String);
    return names.length ? app.say("themes.in_municipi", { n: names.length, names: names.join(", ") }) : "";
  }

  /* What the first figure says already is no reason of its own. */
  const SAID = ["no_population", "all_covered", "nobody_covered", "partly_covered"];

  function reasonsList(codes) {
    const texts = codes.filter((code) => !SAID.includes(code)).map((code) => app.say("themes.reason." + code, { minutes: limit }));
    return texts.length ? [app.h("h4", {}, app.say("themes.why")),
      app.h("ul", {}, texts.map((text) => app.h("li", {}, text)))] : [];
  }

  function zoneFacts(i) {
    const one = figure(own, i);
    const values = { group: groupText(), minutes: limit };
    const lines = [
      line(capital(app.say("themes.fact_people", values)),
        one.population === null ? app.say("themes.not_published") : app.people(one.population)),
      line(app.say("themes.fact_beyond", values), told(one, "count"))
    ];
    if (one.minutes !== null) {
      lines.push(line(app.say("themes.fact_half"), app.say("themes.minutes", { n: one.minutes })));
    }
    return app.h("dl", { class: "facts" }, lines.flat());
  }

  /* Two digits that count: no more than the model bears. */
  function rounded(value) {
    const scale = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
    return Math.round(value / scale) * scale;
  }

  function zoneLead(i, at) {
    const one = figure(own, i);
    const values = { group: groupText(), minutes: limit };
    const name = theme();
    if (name === "minutes" && at && minutesAt) {
      const minutes = minutesAt.at(at[0], at[1]);
      if (minutes !== null) {
        return big(app.say("themes.minutes", { n: Math.max(1, Math.round(minutes)) }),
          app.say("themes.lead_minutes"));
      }
    }
    if (name === "density" && density(i)) {
      return big(app.number(rounded(density(i))), app.say("themes.lead_density", values));
    }
    if (one.kind === NOBODY) { return app.h("p", {}, app.say("themes.lead_nobody", values)); }
    if (one.kind === NOT_TOLD) { return app.h("p", {}, app.say("themes.lead_hidden")); }
    if (name === "count") { return big(told(one, "count"), app.say("themes.lead_count", values)); }
    return big(told(one, "share"), app.say("themes.lead_share", values));
  }

  function openZone(i, at, opener) {
    const content = app.h("div", {},
      app.h("p", { class: "quiet" }, [app.say("themes.nil"), municipiText(i)].filter(Boolean).join(" · ")),
      zoneLead(i, at), zoneFacts(i), reasonsList(figure(own, i).reasons),
      app.h("p", { class: "quiet" }, asked()));
    app.openCard({
      at: at || middle(zones[i]), title: own.zones.name[i], content, opener,
      onclose: () => choose(null)
    });
    choose(zones[i]);
  }

  function openGap(gap, opener) {
    const values = { group: groupText(), minutes: limit };
    const reasons = [app.say("themes.fifth." + gap.fifth, values)];
    if (gap.minutes < 0) {
      reasons.push(app.say("themes.gap_cut_off"));
    } else {
      reasons.push(app.say("themes.gap_far", { n: gap.minutes }));
      reasons.push(gap.tenths >= 10
        ? app.say("themes.gap_place", { place: gap.place })
        : app.say("themes.gap_place_most", { place: gap.place, tenths: gap.tenths }));
    }
    const content = app.h("div", {},
      app.h("p", { class: "quiet" }, own.zones.name[gap.zone]),
      big(app.people(gap.people), app.say("themes.lead_count", values)),
      app.h("h4", {}, app.say("themes.why")),
      app.h("ul", {}, reasons.map((text) => app.h("li", {}, text))),
      app.h("p", { class: "quiet" }, asked()));
    app.openCard({
      at: middle(gap.shape), title: gapName(gap), content, opener, onclose: () => choose(null)
    });
    choose(gap.shape);
  }

  const gapName = (gap) => gap.streets.join(", ") || own.zones.name[gap.zone];

  app.hit(function (x, y) {
    if (theme() === "gaps") {
      const gap = gaps().find(({ shape }) => inside(shape, x, y));
      if (gap) {
        openGap(gap);
        return true;
      }
    }
    const zone = zones.findIndex((shape) => inside(shape, x, y));
    if (zone < 0) { return false; }
    openZone(zone, [x, y]);
    return true;
  });

  /* ---- Controls ---- */

  const picker = (id) => document.getElementById(`themes-${id}`);

  function offer(id, names, text, now, act) {
    const select = picker(id);
    const options = () => {
      select.replaceChildren(...names.map((name) => app.h("option", { value: name }, text(name))));
      select.value = now();
    };
    select.addEventListener("change", () => act(select.value));
    app.onLanguage(options);
    return () => { select.value = now(); };
  }

  const follow = [
    offer("theme", order, (name) => app.say("themes.name." + name), theme,
      (name) => app.state.set({ theme: name })),
    offer("who", app.page.travellers.map((who) => who.name),
      (name) => capital(app.page.travellers.find((who) => who.name === name).label[app.language()]),
      () => app.who().name,
      (name) => app.state.set({ who: name === app.page.travellers[0].name ? null : name })),
    offer("group", groups, (group) => capital(groupText(group)), app.group,
      (group) => app.state.set({ group: group === groups[0] ? null : group }))
  ];

  /* ---- Title and legend ---- */

  function sign(fill, text) {
    return app.h("li", {}, app.h("span", { class: `theme-swatch ${fill}`, "aria-hidden": true }),
      app.h("span", {}, text));
  }

  /* "Up to 20 %", "20 to 40 %", "over 80 %". */
  function classTexts(name) {
    const limits = THEMES[name].limits();
    const write = name === "share" ? (value) => app.theShare(value / 100) : app.number;
    const unit = { minutes: "themes.class_minutes.", share: "themes.class_share." }[name]
      || "themes.class.";
    if (!limits.length) { return []; }
    return [...limits, null].map((most, place) => {
      const least = limits[place - 1];
      if (most === null) { return app.say(unit + "over", { low: write(least) }); }
      if (!place) { return app.say(unit + "up_to", { high: write(most) }); }
      return app.say(unit + "from_to", { low: write(least), high: write(most) });
    });
  }

  function legend() {
    const name = theme();
    if (name === "both") { return bothLegend(); }
    const texts = classTexts(name);
    const beyond = (place) => (place === texts.length - 1 ? "beyond" : `ramp-${CLASSES - place}`);
    const signs = texts.map((text, place) => sign(
      name === "minutes" ? beyond(place) : fillOf(THEMES[name].ramp, place, texts.length), text
    ));
    if (name === "minutes") { signs.push(sign("ground", app.say("themes.legend_nowhere"))); }
    return app.h("ul", { class: "theme-legend" }, signs, specials(name));
  }

  /* The two patterns, where they are on the map. */
  function specials(name) {
    if (name === "minutes" || name === "gaps") { return []; }
    const drawn = new Set(zones.map((_, i) => zoneFill(name, i)));
    return [["untold", "themes.legend_untold"], ["nobody", "themes.legend_nobody"]]
      .filter(([fill]) => drawn.has(fill))
      .map(([fill, key]) => sign(fill, app.say(key, { group: groupText() })));
  }

  function bothLegend() {
    const words = ["themes.few", "themes.some", "themes.many"].map((key) => app.say(key));
    const heads = words.map((word) => app.h("th", { scope: "col" }, word));
    const rows = [3, 2, 1].map((one) => app.h("tr", {},
      app.h("th", { scope: "row" }, words[one - 1]),
      [1, 2, 3].map((two) => app.h("td", {}, app.h("span", {
        class: `theme-swatch both-${one}${two}`, role: "img",
        "aria-label": app.say("themes.both_cell", { one: words[one - 1], two: words[two - 1] })
      })))));
    const axes = app.say("themes.both_axes", {
      one: groupText("over65"), two: groupText("foreign")
    });
    return app.h("div", { class: "both-legend" },
      app.h("p", { id: "themes-axes" }, axes),
      app.h("table", { "aria-labelledby": "themes-axes" },
        app.h("thead", {}, app.h("tr", {}, app.h("td", {}), heads)),
        app.h("tbody", {}, rows)),
      app.h("ul", { class: "theme-legend" }, specials("both")));
  }

  function titleText() {
    return app.say("themes.title." + theme(), { group: groupText(), minutes: limit });
  }

  /* The largest gaps, by their streets: the numbers are those on the map. */
  function gapsList() {
    const found = gaps();
    const rows = found.slice(0, NUMBERED).map((gap) => app.h("li", {}, app.h("button", {
      type: "button", class: "plain-button", onclick: (event) => openGap(gap, event.currentTarget)
    }, app.h("span", {}, gapName(gap)), app.h("strong", {}, app.people(gap.people)))));
    const more = found.length - rows.length;
    if (!found.length) { return [app.h("p", {}, app.say("themes.no_gaps"))]; }
    return [app.h("details", {},
      app.h("summary", {}, app.say("themes.largest_gaps", { n: rows.length })),
      app.h("ol", { class: "gaps" }, rows),
      more > 0 ? app.h("p", { class: "quiet" }, app.say("themes.more_gaps", { n: more })) : null)];
  }

  function tell() {
    const name = theme();
    const { travels = false, counts = false } = THEMES[name];
    follow.forEach((own_) => own_());
    picker("who-choice").hidden = !travels;
    picker("group-choice").hidden = !counts;
    picker("title").textContent = titleText();
    const published = name !== "minutes" && app.state.get("edits");
    picker("note").textContent = [
      asked({ traveller: travels }), published ? app.say("themes.without_edits") : ""
    ].filter(Boolean).join(" ");
    picker("legend").replaceChildren(legend());
    picker("gaps").replaceChildren(...(name === "gaps" ? gapsList() : []));
  }

  function changed() {
    tell();
    app.closeCard();
    ["theme-under", "theme", "theme-chosen", "theme-numbers"].forEach(app.repaint);
  }
  app.onLanguage(tell);
  app.state.on(["theme", "who", "group", "from"], changed);
  app.state.on("edits", tell);
  app.on("times", () => app.repaint("theme"));
  /* A legend is as pale as the map. */
  const paled = () => picker("legend").classList.toggle("pale", app.map.getZoom() >= STREETS_FROM);
  app.map.on("zoomend", paled);
  paled();
});
