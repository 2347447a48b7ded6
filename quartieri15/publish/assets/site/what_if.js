"use strict";
/* What if: a house is put, moved or closed, or the pace is another, and minutes and people follow.
   What is tried stands in the address of the page: "CSRC-02_closed*new1_514000_5034000". */
Q15.module("what_if", function (app) {
  const own = app.data.what_if;
  const NEW = "new";
  const element = (id) => document.getElementById(id);
  const { h, say } = app;

  /* ---- What is tried, as text and as a list ---- */
  const isKnown = (id) => Object.hasOwn(own.names, id);

  /* One edit; null if it is none. */
  function edit(part) {
    const found = /^(.+?)_(closed|(-?\d+)_(-?\d+))$/.exec(part);
    if (!found) { return null; }
    const id = decoded(found[1]);
    if (found[2] === "closed") { return isKnown(id) ? { id, closed: true } : null; }
    const [x, y] = [Number(found[3]), Number(found[4])];
    const [nearX, nearY] = within(x, y);
    return (isKnown(id) || /^new[1-9]\d?$/.test(id)) && x === nearX && y === nearY
      ? { id, x, y } : null;
  }

  /* The last edit of a house stands. */
  function parse(text) {
    const found = (text || "").split("*").map(edit).filter(Boolean);
    return [...new Map(found.map((one) => [one.id, one])).values()];
  }

  /* A spot where a house may be tried: as far around the page as its streets are known. */
  function within(x, y) {
    const [west, south, east, north] = app.page.bounds;
    const far = own.margin_m;
    return [
      Math.round(Math.min(east + far, Math.max(west - far, x))),
      Math.round(Math.min(north + far, Math.max(south - far, y)))
    ];
  }

  /* Whatever somebody typed into the address of the page. */
  function decoded(text) {
    try { return decodeURIComponent(text); } catch { return text; }
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
    const [nearX, nearY] = within(x, y);
    change([...without(id), { id, x: nearX, y: nearY }], options);
  }

  function close(id) { change([...without(id), { id, closed: true }]); }

  function put(x, y) {
    let number = 1;
    while (edits.some((edit) => edit.id === NEW + number)) { number += 1; }
    move(NEW + number, x, y);
    map.focus(NEW + number);
  }

  const isNew = (id) => !isKnown(id);
  const nameOf = (id) => (isNew(id)
    ? say("what_if.new_house", { n: id.slice(NEW.length) })
    : say("what_if.house_named", { name: own.names[id] }));

  const isTried = () => edits.length > 0 || app.travel.askedPace() !== null;

  const people = Q15.whatIfPeople(app);
  const figure = Q15.whatIfFigure(app, { people, isTried, marginM: own.margin_m });
  const map = Q15.whatIfMap(app, {
    people,
    trial: {
      edits: () => edits, isTried, isNew, nameOf, move, remember, drop: (id) => change(without(id))
    }
  });

  /* ---- Put a house: by pointer, at a place of a list ---- */
  let origin = null;
  let placing = false;

  function place(yes) {
    placing = yes;
    app.map.getContainer().classList.toggle("placing", yes);
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
    people.middles().forEach(({ name, x, y }) => found.push({ key: name, text: name, at: [x, y] }));
    return found;
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
  const [SLOWEST, QUICKEST] = app.travel.paces;

  function drawPace() {
    const may = app.travel.paceCanChange();
    const now = app.travel.pace();
    const output = h("output", { for: "what-if-speed" }, say("what_if.kmh", { speed: now }));
    const slider = h("input", {
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
        const state = edit && say(edit.closed ? "what_if.is_closed" : "what_if.is_moved");
        return h("li", {}, h("span", {}, own.names[id], state ? ` (${state})` : ""),
        ...(edit ? [button("what_if.restore", id, () => change(without(id)))] : [
          button("what_if.move", id, () => startMoving(id)),
          button("what_if.close", id, () => close(id))
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
    map.focus(id);
  }

  function drawEdits() {
    keepingFocus(element("what-if-edits"), () => (isTried() || before.length ? [
      h("h3", {}, say("what_if.tried")),
      h("ul", { class: "what-if-items" },
        edits.map(({ id, closed }) => h("li", {},
          h("span", {}, say(closed ? "what_if.closed" : isNew(id) ? "what_if.put" : "what_if.moved", {
            house: nameOf(id), where: closed ? "" : whereIs(id)
          })),
          closed ? null : button("what_if.to_map", id, () => map.focus(id)),
          button(isNew(id) ? "what_if.remove" : "what_if.restore", id, () => change(without(id))))),
        app.travel.askedPace() !== null ? h("li", {}, h("span", {}, say("what_if.other_pace", {
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
    return [name, people.zoneAt(house.x, house.y)].filter(Boolean).join(", ") || say("what_if.somewhere");
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

  /* ---- All together ---- */
  let telling = null;
  function tellLater() {
    clearTimeout(telling);
    if (isTried()) { telling = setTimeout(() => app.announce(figure.gist()), 700); }
  }

  function render() {
    drawEdits();
    drawHouses();
    figure.draw();
    figure.drawLimits();
    map.draw();
    app.repaint("what_if");
    if (app.places) { app.places.close(edits.map(({ id }) => id)); }
  }

  function follow() {
    if (app.state.get("edits")) { element("what-if-panel").open = true; }
    edits = parse(app.state.get("edits"));
    app.travel.setHouses(edits);
  }

  app.on("times", function () {
    people.compute();
    render();
    tellLater();
    if (!sliding) { drawPace(); }
  });
  app.state.on("edits", follow);
  app.state.check("edits", (text) => text.split("*").filter((part) => !edit(part)).length);
  app.state.on("group", () => {
    figure.draw();
    figure.drawLimits();
    app.repaint("what_if");
  });
  app.on("origin", function (chosen) {
    origin = chosen;
    drawPut();
  });
  /* Counted while nobody waits. */
  app.on("prepared", (travellers) => travellers.forEach(people.base));
  /* The pace that was tried is that of the traveller it was tried with. */
  let who = app.who().name;
  app.state.on("who", function () {
    if (app.who().name !== who && app.state.get("pace")) { app.state.set({ pace: null }); }
    who = app.who().name;
  });
  edits = parse(app.state.get("edits"));
  element("what-if-panel").open = isTried();
  if (edits.length) { app.travel.setHouses(edits); } else { people.compute(); }
  app.onLanguage(function () {
    drawPut();
    drawPace();
    render();
  });
  app.whatIf = { result: people.result, edits: () => edits, put, move, close };
});
