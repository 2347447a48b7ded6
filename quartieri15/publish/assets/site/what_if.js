"use strict";
/* What if: a house is put, moved or closed, or the pace is another, and minutes and people follow.
   What is tried stands in the address of the page: "CSRC-02_closed*new1_514000_5034000". */
Q15.module("what_if", function (app) {
  const own = app.data.what_if;
  const limit = app.page.minutes;
  const NEW = "new";
  const element = (id) => document.getElementById(id);
  const { h, say } = app;

  /* ---- What is tried, as text and as a list ---- */
  function parse(text) {
    return (text || "").split("*").flatMap((part) => {
      const found = /^(.+?)_(closed|(-?\d+)_(-?\d+))$/.exec(part);
      if (!found) { return []; }
      const id = decodeURIComponent(found[1]);
      if (!own.names[id] && !id.startsWith(NEW)) { return []; }
      return found[2] === "closed"
        ? [{ id, closed: true }] : [{ id, x: Number(found[3]), y: Number(found[4]) }];
    });
  }

  const written = (edits) => edits.map(({ id, closed, x, y }) => (
    `${encodeURIComponent(id)}_${closed ? "closed" : `${Math.round(x)}_${Math.round(y)}`}`
  )).join("*");

  let edits = [];
  const before = [];

  function remember() {
    before.push({ edits: app.state.get("edits"), pace: app.state.get("pace") });
  }

  function change(next, { undoable = true } = {}) {
    if (undoable) { remember(); }
    app.state.set({ edits: written(next) || null });
  }

  function without(id) { return edits.filter((edit) => edit.id !== id); }

  function move(id, x, y, options) {
    const [west, south, east, north] = app.page.bounds;
    const far = own.margin_m;
    change([...without(id), {
      id,
      x: Math.round(Math.min(east + far, Math.max(west - far, x))),
      y: Math.round(Math.min(north + far, Math.max(south - far, y)))
    }], options);
  }

  function put(x, y) {
    let number = 1;
    while (edits.some((edit) => edit.id === NEW + number)) { number += 1; }
    move(NEW + number, x, y);
    focusMarker(NEW + number);
  }

  const isNew = (id) => !own.names[id];
  const nameOf = (id) => (isNew(id)
    ? say("what_if.new_house", { n: id.slice(NEW.length) })
    : say("what_if.house_named", { name: own.names[id] }));

  /* ---- Who is gained and lost ---- */
  let result = null;

  function counted(after, base, chosen) {
    const found = {};
    app.cells.groups.forEach((group) => {
      found[group] = { before: 0, after: 0, gained: 0, lost: 0 };
    });
    for (let cell = 0; cell < app.cells.length; cell += 1) {
      if (!chosen(cell)) { continue; }
      const then = app.cells.isWithin(base[cell], limit);
      const now = app.cells.isWithin(after[cell], limit);
      if (!then && !now) { continue; }
      app.cells.groups.forEach((group) => {
        const people = app.cells.count(group, cell);
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
    if (!bases.has(who)) { bases.set(who, app.cells.seconds(app.travel.fieldBefore(who))); }
    return bases.get(who);
  }

  const isTried = () => edits.length > 0 || app.state.get("pace") !== null;

  function compute() {
    const who = app.who().name;
    const then = base(who);
    const now = app.cells.seconds(app.travel.field(who));
    result = {
      then,
      now,
      here: counted(now, then, (cell) => app.cells.here[cell] === 1),
      known: counted(now, then, () => true)
    };
    app.emit("what_if", result);
  }

  /* The zones where most of a group are gained or lost, net. */
  function zonesChanged(group) {
    const { name } = app.cells.zones.nil || { name: [] };
    const net = name.map((text) => ({ name: text, gained: 0, lost: 0 }));
    if (!net.length) { return []; }
    for (let cell = 0; cell < app.cells.length; cell += 1) {
      const then = app.cells.isWithin(result.then[cell], limit);
      const now = app.cells.isWithin(result.now[cell], limit);
      if (then === now) { continue; }
      net[app.cells.zone.nil[cell]][now ? "gained" : "lost"] += app.cells.count(group, cell);
    }
    return net.filter((zone) => zone.gained || zone.lost)
      .sort((a, b) => b.gained + b.lost - a.gained - a.lost || (a.name < b.name ? -1 : 1))
      .slice(0, 6);
  }

  /* ---- Put a house: by pointer, at a place of a list ---- */
  let origin = null;
  let placing = false;

  function place(yes) {
    placing = yes;
    if (app.map) { app.map.getContainer().classList.toggle("placing", yes); }
    drawPut();
    if (yes) {
      app.announce(say("what_if.tap_the_map"));
      app.map.getContainer().scrollIntoView({ block: "nearest" });
    }
  }

  /* Before anything else on the map may take the tap. */
  app.map.getContainer().addEventListener("click", function (event) {
    if (!placing || app.map.dragging.moved()) { return; }
    event.stopImmediatePropagation();
    event.preventDefault();
    const { lng: x, lat: y } = app.map.mouseEventToLatLng(event);
    place(false);
    put(x, y);
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && placing) { place(false); }
  });

  function spots() {
    const found = [];
    if (origin) {
      const { text, x, y } = origin;
      found.push({ key: "from", text: say("what_if.at_origin", { text }), at: [x, y] });
    }
    found.push({ key: "centre", text: say("what_if.at_centre"), at: null });
    middles().forEach(({ name, x, y }) => found.push({ key: name, text: name, at: [x, y] }));
    return found;
  }

  /* The middle of the people of every zone of the page. */
  let middlesOf = null;
  function middles() {
    if (middlesOf) { return middlesOf; }
    const { name } = app.cells.zones.nil || { name: [] };
    const sums = name.map((text) => ({ name: text, x: 0, y: 0, people: 0 }));
    const group = app.cells.groups[0];
    for (let cell = 0; cell < app.cells.length && sums.length; cell += 1) {
      if (!app.cells.here[cell]) { continue; }
      const people = app.cells.count(group, cell);
      const sum = sums[app.cells.zone.nil[cell]];
      sum.x += people * app.cells.x[cell];
      sum.y += people * app.cells.y[cell];
      sum.people += people;
    }
    middlesOf = sums.filter((sum) => sum.people > 0)
      .map((sum) => ({ name: sum.name, x: sum.x / sum.people, y: sum.y / sum.people }))
      .sort((a, b) => a.name.localeCompare(b.name));
    return middlesOf;
  }

  function drawPut() {
    const choices = spots();
    const select = h("select", { id: "what-if-where" },
      choices.map(({ key, text }) => h("option", { value: key }, text)));
    element("what-if-put").replaceChildren(
      h("button", {
        type: "button", class: "primary", "aria-pressed": String(placing), id: "what-if-tap",
        onclick: () => place(!placing)
      }, say(placing ? "what_if.tap_the_map" : "what_if.put_by_tap")),
      h("label", { for: "what-if-where" }, say("what_if.or_choose")),
      h("div", { class: "what-if-row" }, select, h("button", {
        type: "button",
        onclick() {
          const { at } = choices.find(({ key }) => key === select.value);
          const centre = app.map.getCenter();
          put(...(at || [centre.lng, centre.lat]));
        }
      }, say("what_if.put_there")))
    );
  }

  /* ---- The pace ---- */
  const SLOWEST = 1.5;
  const QUICKEST = 6;
  let slider = null;

  function drawPace() {
    const may = app.travel.paceCanChange();
    const now = app.travel.pace();
    const output = h("output", { for: "what-if-speed" }, say("what_if.kmh", { speed: now }));
    slider = h("input", {
      type: "range", id: "what-if-speed", min: SLOWEST, max: QUICKEST, step: 0.1, value: now,
      disabled: !may, "aria-describedby": "what-if-pace-of",
      oninput(event) {
        const speed = Number(event.target.value);
        output.textContent = say("what_if.kmh", { speed });
        setPace(speed);
      },
      onchange: () => { sliding = false; }
    });
    const label = app.who().label[app.language()];
    element("what-if-pace").replaceChildren(
      h("label", { for: "what-if-speed" }, say("what_if.pace")),
      h("div", { class: "what-if-row" }, slider, output),
      h("p", { class: "quiet", id: "what-if-pace-of" }, say(
        may ? "what_if.pace_of" : "what_if.pace_fixed", { who: label, speed: app.who().speed_kmh }
      ))
    );
  }

  let sliding = false;
  function setPace(speed) {
    if (!sliding) { remember(); }
    sliding = true;
    app.state.set({ pace: speed === app.who().speed_kmh ? null : speed });
  }

  /* ---- Lists ---- */
  function drawHouses() {
    const part = (key, ids) => (ids.length ? [
      h("h3", {}, say(key)),
      h("ul", { class: "what-if-items" }, ids.map((id) => {
        const edit = edits.find((one) => one.id === id);
        return h("li", {}, h("span", {}, own.names[id], edit
          ? ` (${say(edit.closed ? "what_if.is_closed" : "what_if.is_moved")})` : ""),
        ...(edit ? [button("what_if.restore", id, () => change(without(id)))] : [
          button("what_if.move", id, () => startMoving(id)),
          button("what_if.close", id, () => change([...without(id), { id, closed: true }]))
        ]));
      }))
    ] : []);
    keepingFocus(element("what-if-list"), () => [
      ...part("what_if.houses_here", own.here), ...part("what_if.houses_near", own.near)
    ]);
  }

  function button(key, id, onclick) {
    return h("button", {
      type: "button", onclick, "aria-label": `${say(key)}: ${nameOf(id)}`, "data-key": `${key} ${id}`
    }, say(key));
  }

  /* Lists are made anew at every change; whoever was in one stays there. */
  function keepingFocus(holder, children) {
    const focused = holder.contains(document.activeElement)
      ? document.activeElement.dataset.key : null;
    holder.replaceChildren(...children());
    if (!focused) { return; }
    const again = [...holder.querySelectorAll("button")];
    const same = again.find((one) => one.dataset.key === focused)
      || again.find((one) => one.dataset.key.split(" ")[1] === focused.split(" ")[1])
      || element("what-if-tap");
    same.focus();
  }

  function startMoving(id) {
    const { x, y } = app.travel.shipped().find((house) => house.id === id);
    move(id, x, y);
    focusMarker(id);
  }

  function drawEdits() {
    keepingFocus(element("what-if-edits"), () => (isTried() || before.length ? [
      h("h3", {}, say("what_if.tried")),
      h("ul", { class: "what-if-items" },
        edits.map(({ id, closed }) => h("li", {},
          h("span", {}, say(closed ? "what_if.closed" : isNew(id) ? "what_if.put" : "what_if.moved", {
            house: nameOf(id), where: closed ? "" : whereIs(id)
          })),
          closed ? null : button("what_if.to_map", id, () => focusMarker(id)),
          button(isNew(id) ? "what_if.remove" : "what_if.restore", id, () => change(without(id))))),
        app.state.get("pace") ? h("li", {}, h("span", {}, say("what_if.other_pace", {
          speed: app.travel.pace(), usual: app.who().speed_kmh
        }))) : null),
      h("div", { class: "what-if-row" },
        before.length ? h("button", { type: "button", "data-key": "undo", onclick: undo }, say("what_if.undo")) : null,
        isTried() ? h("button", { type: "button", "data-key": "restart", onclick: restart }, say("what_if.restart")) : null)
    ] : []));
  }

  /* The street and the zone a tried house stands at. */
  function whereIs(id) {
    const house = edits.find((edit) => edit.id === id);
    const spot = app.travel.spotOf(id);
    const name = spot && app.streets.name[spot.edge] >= 0
      ? app.streets.names[app.streets.name[spot.edge]] : null;
    let nearest = -1;
    let least = Infinity;
    for (let cell = 0; cell < app.cells.length; cell += 1) {
      const away = (app.cells.x[cell] - house.x) ** 2 + (app.cells.y[cell] - house.y) ** 2;
      if (away < least) {
        least = away;
        nearest = cell;
      }
    }
    const { nil } = app.cells.zones;
    const zone = nil && nearest >= 0 ? nil.name[app.cells.zone.nil[nearest]] : null;
    return [name, zone].filter(Boolean).join(", ") || say("what_if.somewhere");
  }

  function undo() {
    const last = before.pop();
    app.state.set(last);
    render();
    app.announce(say("what_if.undone"));
  }

  function restart() {
    remember();
    app.state.set({ edits: null, pace: null });
  }

  /* ---- The figure ---- */
  /* On the map too, where the eye is while a house is dragged; it is read out by the announcer. */
  const strip = h("p", { class: "what-if-strip", "aria-hidden": "true", hidden: true });
  app.map.getContainer().after(strip);

  const signed = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${app.people(Math.abs(value))}`;

  function gist() {
    const group = app.group();
    const { gained, lost } = result.known[group];
    const values = {
      gained: app.people(gained), lost: app.people(lost), group: say("what_if.group." + group),
      minutes: limit
    };
    if (!gained && !lost) { return say("what_if.nobody", values); }
    return say(gained && lost ? "what_if.both" : gained ? "what_if.gained" : "what_if.lost", values);
  }

  function drawFigure() {
    const tried = isTried();
    element("what-if-counts").hidden = !tried;
    strip.hidden = !tried;
    if (!tried) {
      element("what-if-figure").replaceChildren();
      return;
    }
    const change = ({ gained, lost }) => [
      h("strong", { class: "gain" }, signed(gained)), " ", h("strong", { class: "lose" }, signed(-lost))
    ];
    const group = app.group();
    strip.replaceChildren(...change(result.known[group]), ` ${say("what_if.short." + group)}`);
    element("what-if-figure").replaceChildren(
      h("h3", {}, say("what_if.figure")),
      h("p", { class: "gist" }, gist()),
      h("p", { class: "quiet" }, asked()),
      h("ul", { class: "what-if-items tabular" },
        [["what_if.here", result.here], ["what_if.known", result.known]].map(([key, counts]) => (
          h("li", {}, h("span", {}, say(key, { km: own.margin_m / 1000 })), change(counts[group]))
        ))),
      h("p", { class: "quiet" },
        h("span", { class: "key gain", "aria-hidden": "true" }, "+"), ` ${say("what_if.key_gained")} `,
        h("span", { class: "key lose", "aria-hidden": "true" }, "−"), ` ${say("what_if.key_lost")}`)
    );
    drawTable();
  }

  function drawTable() {
    const heading = (key) => h("th", { scope: "col" }, say(key));
    const rows = (key, counts) => h("tbody", {},
      h("tr", {}, h("th", { colspan: 5, scope: "rowgroup" }, say(key, { km: own.margin_m / 1000 }))),
      app.cells.groups.map((group) => {
        const one = counts[group];
        return h("tr", { "data-group": group },
          h("th", { scope: "row" }, say("what_if.short." + group)),
          [one.before, one.after].map((value) => h("td", {}, app.people(value))),
          h("td", { class: one.gained ? "gain" : null }, signed(one.gained)),
          h("td", { class: one.lost ? "lose" : null }, signed(-one.lost)));
      }));
    const zones = zonesChanged(app.group());
    element("what-if-table").replaceChildren(
      h("div", { class: "scroll" }, h("table", {},
        h("caption", {}, say("what_if.table", { minutes: limit })),
        h("thead", {}, h("tr", {}, h("td", {}), heading("what_if.now"), heading("what_if.then"),
          heading("what_if.gain"), heading("what_if.loss"))),
        rows("what_if.here", result.here), rows("what_if.known", result.known))),
      ...(zones.length ? [
        h("h3", {}, say("what_if.zones", { group: say("what_if.group." + app.group()) })),
        h("ul", { class: "what-if-items tabular" }, zones.map((zone) => h("li", {},
          h("span", {}, zone.name),
          zone.gained ? h("span", { class: "gain" }, signed(zone.gained)) : null,
          zone.lost ? h("span", { class: "lose" }, signed(-zone.lost)) : null)))
      ] : [])
    );
  }

  /* Who travels and how quickly: beside every figure. */
  function asked() {
    const who = app.who();
    const values = { who: who.label[app.language()], usual: who.speed_kmh, speed: app.travel.pace() };
    return say(app.state.get("pace") ? "what_if.asked_paces" : "what_if.asked", values);
  }

  /* ---- What it does not know ---- */
  function drawLimits() {
    const group = app.group();
    const { cells, addresses } = app.cells.within[app.who().name][group];
    const hidden = app.cells.hidden(group);
    element("what-if-unknown").replaceChildren(...[
      addresses === null ? say("what_if.limit_cells_only") : say("what_if.limit_cells", {
        cells: app.people(cells), addresses: app.people(addresses), minutes: limit,
        group: say("what_if.group." + group)
      }),
      hidden ? say("what_if.limit_hidden", { n: hidden, group: say("what_if.group." + group) }) : null,
      say("what_if.limit_beyond", { km: own.margin_m / 1000 }),
      say("what_if.limit_house"),
      say("what_if.limit_choice")
    ].filter(Boolean).map((text) => h("li", {}, text)));
  }

  /* ---- On the map ---- */
  const markers = new Map();

  function picture(edit) {
    if (edit.closed) {
      return app.svg("svg", { viewBox: "0 0 44 44", "aria-hidden": "true" },
        app.svg("path", { d: "M11 11 33 33M33 11 11 33", class: "under" }),
        app.svg("path", { d: "M11 11 33 33M33 11 11 33" }));
    }
    return app.svg("svg", { viewBox: "0 0 44 44", "aria-hidden": "true" },
      app.svg("path", { d: "M22 7 37 20.5h-3V36H10V20.5H7z", class: "body" }),
      app.svg("path", { d: isNew(edit.id) ? "M22 20v11M16.5 25.5h11" : "M15.5 26h13M24 21l5 5-5 5", class: "sign", fill: "none" }));
  }

  function markerOf(edit) {
    const marker = L.marker([0, 0], {
      icon: L.divIcon({
        className: edit.closed ? "closed-house" : "tried-house", iconSize: [44, 44],
        iconAnchor: edit.closed ? [22, 22] : [22, 36]
      }),
      draggable: !edit.closed, keyboard: false, interactive: !edit.closed, zIndexOffset: 1000
    });
    if (edit.closed) { return marker; }
    let waiting = null;
    marker.on("dragstart", remember);
    marker.on("drag", function () {
      waiting = waiting || requestAnimationFrame(function () {
        waiting = null;
        const { lng, lat } = marker.getLatLng();
        move(edit.id, lng, lat, { undoable: false });
      });
    });
    return marker;
  }

  const STEP_PX = 12;
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

  function keyed(id, event) {
    const step = STEPS[event.key];
    if (event.key === "Delete" || event.key === "Backspace") {
      change(without(id));
      element("what-if-tap").focus();
    } else if (step) {
      const { x, y } = edits.find((edit) => edit.id === id);
      const far = app.metresPerPixel() * STEP_PX * (event.shiftKey ? 5 : 1);
      move(id, x + step[0] * far, y + step[1] * far, { undoable: !event.repeat });
      app.map.panInside(app.latlng(x, y), { padding: [60, 60], animate: false });
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function drawMarkers() {
    const wanted = new Map(edits.map((edit) => [`${edit.id} ${Boolean(edit.closed)}`, edit]));
    markers.forEach((marker, key) => {
      if (!wanted.has(key)) {
        marker.remove();
        markers.delete(key);
      }
    });
    wanted.forEach((edit, key) => {
      const at = edit.closed ? app.travel.shipped().find(({ id }) => id === edit.id) : edit;
      if (!markers.has(key)) {
        const marker = markerOf(edit);
        marker.setLatLng(app.latlng(at.x, at.y)).addTo(app.map);
        const holder = marker.getElement();
        holder.replaceChildren(picture(edit));
        if (!edit.closed) {
          holder.tabIndex = 0;
          holder.setAttribute("role", "button");
          holder.addEventListener("keydown", (event) => keyed(edit.id, event));
        }
        markers.set(key, marker);
      }
      const marker = markers.get(key);
      if (!marker.dragging || !marker.dragging.moved || !marker.dragging.moved()) {
        marker.setLatLng(app.latlng(at.x, at.y));
      }
      if (!edit.closed) {
        marker.getElement().setAttribute("aria-label", say("what_if.marker", { house: nameOf(edit.id) }));
        marker.getElement().title = say("what_if.marker", { house: nameOf(edit.id) });
      }
    });
  }

  function focusMarker(id) {
    const marker = markers.get(`${id} false`);
    if (!marker) { return; }
    app.map.panInside(marker.getLatLng(), { padding: [80, 80], animate: false });
    marker.getElement().focus({ preventScroll: true });
    app.map.getContainer().scrollIntoView({ block: "nearest" });
  }

  app.paint("what_if", {
    pane: "lines",
    draw(context, view) {
      if (!result || !isTried()) { return; }
      drawMoves(context, view);
      const group = app.group();
      const [west, south, east, north] = view.bounds;
      for (let cell = 0; cell < app.cells.length; cell += 1) {
        const then = app.cells.isWithin(result.then[cell], limit);
        const now = app.cells.isWithin(result.now[cell], limit);
        if (then === now) { continue; }
        const x = app.cells.x[cell];
        const y = app.cells.y[cell];
        const people = app.cells.count(group, cell);
        if (!people || x < west || x > east || y < south || y > north) { continue; }
        dot(context, view, x, y, people, now);
      }
    }
  });

  /* As large as the people are many; what is gained has a plus, what is lost a minus. */
  function dot(context, view, x, y, people, gained) {
    const radius = Math.max(4, Math.min(26, 4 * Math.sqrt(people) / view.metresPerPixel));
    const [left, top] = [view.x(x), view.y(y)];
    context.beginPath();
    context.arc(left, top, radius, 0, 2 * Math.PI);
    context.fillStyle = app.colour(gained ? "--gain" : "--lose");
    context.strokeStyle = "#fff";
    context.lineWidth = 1.5;
    context.fill();
    context.stroke();
    if (radius < 5) { return; }
    const arm = radius * 0.5;
    context.beginPath();
    context.moveTo(left - arm, top);
    context.lineTo(left + arm, top);
    if (gained) {
      context.moveTo(left, top - arm);
      context.lineTo(left, top + arm);
    }
    context.lineWidth = 2;
    context.stroke();
  }

  function drawMoves(context, view) {
    edits.filter((edit) => !edit.closed && !isNew(edit.id)).forEach((edit) => {
      const from = app.travel.shipped().find(({ id }) => id === edit.id);
      [["#fff", 5, []], [app.colour("--selection"), 2.5, [7, 5]]].forEach(([colour, width, dash]) => {
        context.beginPath();
        context.moveTo(view.x(from.x), view.y(from.y));
        context.lineTo(view.x(edit.x), view.y(edit.y));
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.setLineDash(dash);
        context.stroke();
        context.setLineDash([]);
      });
    });
  }

  /* ---- All together ---- */
  let telling = null;
  function tellLater() {
    clearTimeout(telling);
    if (isTried()) { telling = setTimeout(() => app.announce(gist()), 700); }
  }

  function render() {
    drawEdits();
    drawHouses();
    drawFigure();
    drawLimits();
    drawMarkers();
    app.repaint("what_if");
    if (app.places) { app.places.close(edits.map(({ id }) => id)); }
  }

  function follow() {
    if (app.state.get("edits")) { element("what-if-panel").open = true; }
    edits = parse(app.state.get("edits"));
    app.travel.setHouses(edits);
  }

  app.on("times", function () {
    compute();
    render();
    tellLater();
    if (!sliding) { drawPace(); }
  });
  app.state.on("edits", follow);
  app.state.on("group", () => {
    drawFigure();
    drawLimits();
    app.repaint("what_if");
  });
  app.on("origin", function (chosen) {
    origin = chosen;
    drawPut();
  });
  /* Counted while nobody waits. */
  app.on("prepared", (travellers) => travellers.forEach(base));
  /* The pace that was tried is that of the traveller it was tried with. */
  let who = app.who().name;
  app.state.on("who", function () {
    if (app.who().name !== who && app.state.get("pace")) { app.state.set({ pace: null }); }
    who = app.who().name;
  });
  edits = parse(app.state.get("edits"));
  element("what-if-panel").open = isTried();
  if (edits.length) { app.travel.setHouses(edits); } else { compute(); }
  app.onLanguage(function () {
    drawPut();
    drawPace();
    render();
  });
  app.whatIf = { result: () => result, edits: () => edits, put, move, close: (id) => change([...without(id), { id, closed: true }]) };
});
