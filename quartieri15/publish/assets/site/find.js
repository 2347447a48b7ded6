"use strict";
/* The citizen's question: from an address to the nearest house, in one sentence, with the way. */
Q15.module("find", function (app) {
  const MOST = 5;
  const { locate, suggestions, folded } = Q15.addresses(app.data.find);
  const element = (id) => document.getElementById(`find-${id}`);
  const [form, input, choices, said, answer] = ["form", "address", "choices", "said", "answer"].map(element);
  let origin = null;
  let ways = [];
  let chosen = 0;

  /* Suggestions while someone types. */
  let offered = [];
  let active = -1;

  function offers(text) {
    if (text.trim().length < 2) { return []; }
    const word = folded(text);
    const named = app.places.list.filter((place) => folded(place.name).startsWith(word))
      .slice(0, 2).map((place) => ({ text: app.places.fullName(place), place: place.id }));
    return [...suggestions(text, 6 - named.length), ...named];
  }

  function offer() {
    offered = offers(input.value);
    active = -1;
    choices.replaceChildren(...offered.map((one, i) => app.h("li", {
      id: `find-choice-${i}`, role: "option", "aria-selected": "false",
      onpointerdown: (event) => event.preventDefault(),
      onclick: () => take(one)
    }, one.text)));
    unfold(offered.length > 0);
  }

  function unfold(yes) {
    choices.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
    if (!yes) { point(-1); }
  }

  function point(i) {
    active = i;
    [...choices.children].forEach((item, own) => item.setAttribute("aria-selected", String(own === i)));
    if (i < 0) { input.removeAttribute("aria-activedescendant"); return; }
    input.setAttribute("aria-activedescendant", `find-choice-${i}`);
    choices.children[i].scrollIntoView({ block: "nearest" });
  }

  function take(one) {
    unfold(false);
    if (one.place) {
      input.value = one.text;
      app.places.open(one.place);
    } else if (one.whole) {
      /* A street without a number: the number comes next. */
      input.value = `${one.text} `;
      input.focus();
      search();
    } else {
      input.value = one.text;
      app.state.set({ from: one.text });
    }
  }

  input.addEventListener("input", offer);
  input.addEventListener("blur", () => unfold(false));
  input.addEventListener("keydown", function (event) {
    if (choices.hidden) { return; }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      point((active + step + offered.length + (active < 0 && step < 0 ? 1 : 0)) % offered.length);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      take(offered[active]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      unfold(false);
    }
  });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    unfold(false);
    search();
  });

  function search() {
    const text = input.value.trim();
    if (!app.data.find.book.streets.length) { refuse("find.no_addresses"); return; }
    if (!text) { refuse("find.empty"); return; }
    /* The keyboard of a telephone hides the answer. */
    if (window.matchMedia("(pointer: coarse)").matches) { input.blur(); }
    if (app.state.get("from") === text) { begin(); } else { app.state.set({ from: text }); }
  }

  /* What stands in the address of the page is where the way begins. */
  function begin() {
    const text = app.state.get("from");
    /* Where a page is embedded, an answer is shown once it is asked for. */
    document.body.classList.toggle("asked", Boolean(text));
    said.replaceChildren();
    if (!text) { forget(); return; }
    const point = /^(-?\d{1,8}),(-?\d{1,8})$/.exec(text);
    if (point) { from({ text: app.say("find.your_position"), x: Number(point[1]), y: Number(point[2]) }); return; }
    input.value = text;
    const result = locate(text);
    if (result.unknown) { unknown(text, result.unknown); return; }
    if (result.elsewhere) { elsewhere(text, result.elsewhere); return; }
    if (result.another) { which(asWellAs(result.found, text)); return; }
    if (result.found.length > 1) { which(result.found); return; }
    from(result.found[0], result);
  }

  function forget() {
    origin = null;
    ways = [];
    answer.hidden = true;
    app.repaint("way");
    app.emit("origin", null);
  }

  function from(address, { missing = null, whole = false, guessed = false } = {}) {
    origin = { ...address, missing, whole };
    const others = guessed ? suggestions(input.value).filter((one) => one.text !== address.text) : [];
    input.value = address.street ? address.text : "";
    chosen = 0;
    tell({ speak: true, move: true });
    if (others.length) {
      said.append(app.h("p", {}, app.say("find.not_meant")), buttons(others.map((one) => one.text), (i) => take(others[i])));
    }
    app.emit("origin", origin);
  }

  /* When no house can be told, why not. */
  function refuse(key, values, ...more) {
    forget();
    const words = app.say(key, values);
    said.replaceChildren(app.h("p", { class: "notice-text" }, words), ...more);
    app.announce(words);
  }

  function buttons(texts, pick) {
    return app.h("ul", { class: "plain choices" }, texts.map((text, i) => app.h("li", {},
      app.h("button", { type: "button", onclick: () => pick(i) }, text))));
  }

  /* Addresses and, behind them, what else is like the words. */
  function asWellAs(found, text) {
    const texts = found.map((one) => one.text);
    return [...found, ...suggestions(text).filter((one) => !texts.includes(one.text))];
  }

  function which(found) {
    refuse("find.which", null, buttons(found.map((one) => one.text), (i) => take(found[i])));
  }

  function unknown(text, names) {
    refuse(names.length ? "find.unknown_but" : "find.unknown", { text },
      buttons(names, (i) => take({ text: names[i], whole: !/\d/.test(names[i]) })));
  }

  function elsewhere(text, { name, zone }) {
    const page = app.page.pages.find((one) => one.slug === `municipio-${zone}`);
    if (!page) { refuse("find.elsewhere_unpublished", { name, zone: String(zone) }); return; }
    const hash = new URLSearchParams({ from: text }).toString();
    refuse("find.elsewhere", { name, zone: String(zone) },
      app.h("p", {}, app.h("a", { class: "button", href: `${page.slug}.html#${hash}` },
        app.say("find.open_page", { page: page.title[app.language()] }))));
  }

  /* The answer: a sentence, then the houses by minutes. */
  function time(minutes) {
    return minutes < 1 ? app.say("find.under_a_minute") : app.say("find.minutes", { n: Math.round(minutes) });
  }

  function distance(metres) {
    return metres < 1000
      ? app.say("find.metres", { metres: Math.round(metres / 10) * 10 })
      : app.say("find.kilometres", { kilometres: metres / 1000 });
  }

  function nearest() {
    const who = app.who().name;
    const spot = app.travel.snap(origin.x, origin.y, who);
    origin.spot = spot;
    if (!spot) { return []; }
    return app.travel.nearest(who, spot, MOST).map((one) => ({
      ...one, place: app.places.byId(one.place) || tried(one.place), minutes: one.seconds / 60
    }));
  }

  /* A house that someone tries out is no place yet. */
  function tried(id) {
    const { x, y } = app.travel.houses().find((house) => house.id === id);
    return app.places.tried({ id, x, y });
  }

  function tell({ speak = false, move = false } = {}) {
    if (!origin) { return; }
    ways = nearest();
    if (!ways.length) { nobodyNear(); return; }
    chosen = Math.min(chosen, ways.length - 1);
    said.replaceChildren();
    answer.hidden = false;
    const words = sentence(ways[0]);
    element("sentence").replaceChildren(...words);
    element("note").textContent = notes(ways[0]);
    element("about").textContent = app.say("find.about", { address: origin.text });
    element("list").replaceChildren(...ways.map(row));
    draw(move);
    if (speak) { app.announce(element("sentence").textContent); }
  }

  /* Without an answer the traveller can still be changed. */
  function nobodyNear() {
    const known = origin.spot ? app.travel.knownSeconds(app.who().name) : Infinity;
    const words = Number.isFinite(known)
      ? app.say("find.too_far", { address: origin.text, n: Math.floor(known / 60), who: app.who().label[app.language()] })
      : app.say("find.no_street");
    answer.hidden = false;
    element("sentence").textContent = words;
    ["note", "about"].forEach((part) => { element(part).textContent = ""; });
    element("list").replaceChildren();
    app.repaint("way");
    app.announce(words);
  }

  function sentence(first) {
    const blank = "\u0000";
    const parts = app.say("find.answer", {
      time: `${blank}time${blank}`, house: `${blank}house${blank}`, who: app.who().label[app.language()],
      address: app.places.addressOf(first.place),
      opening: app.places.isKnown(first.place) ? `${app.places.openingOf(first.place)}.` : app.say("find.hours_unknown")
    }).split(blank);
    const strong = { time: time(first.minutes), house: app.places.fullName(first.place) };
    return parts.map((part) => (strong[part] ? app.h("strong", {}, strong[part]) : part));
  }

  function notes(first) {
    const told = [];
    if (origin.missing) { told.push(app.say("find.number_missing", { number: origin.missing, address: origin.text })); }
    if (origin.whole) { told.push(app.say("find.number_unsaid", { address: origin.text })); }
    const doubt = app.places.doubtOf(first.place);
    if (doubt) { told.push(app.say("find.doubt", { doubt })); }
    return told.join(" ");
  }

  function row(one, i) {
    const zone = one.place.here || app.page.kind === "city" ? "" : String(one.place.municipio || "");
    const beyond = zone && app.say("find.in_municipio", { zone });
    const doubt = app.places.doubtOf(one.place);
    return app.h("li", {},
      app.h("button", {
        type: "button", class: "house-row", "aria-pressed": String(i === chosen),
        onclick: () => { chosen = i; tell({ move: true }); element("list").children[i].querySelector("button").focus(); }
      },
      app.places.symbol(one.place),
      app.h("span", { class: "house-name" }, app.places.houseName(one.place),
        app.h("span", { class: "house-facts" }, [app.places.isKnown(one.place) ? app.places.openingOf(one.place) : "", beyond, doubt].filter(Boolean).join(". "))),
      app.h("span", { class: "house-time" }, time(one.minutes),
        app.h("span", { class: "house-facts" }, distance(one.metres)))),
      i === chosen ? directions(one) : null);
  }

  function directions(one) {
    const way = app.travel.way(app.who().name, origin.spot, one.place.id);
    one.way = way;
    const names = way ? [...new Set(way.streets.map((street) => street.name).filter(Boolean))] : [];
    return app.h("div", { class: "house-way" },
      names.length ? app.h("p", {}, app.say("find.way", { streets: names.join(", ") })) : null,
      app.h("div", { class: "house-buttons" },
        app.h("button", { type: "button", class: "to-map", onclick: showMap }, app.say("find.map")),
        app.places.byId(one.place.id) ? app.h("button", {
          type: "button", onclick: (event) => app.places.open(one.place.id, { opener: event.currentTarget })
        }, app.say("find.card")) : null));
  }

  /* Where the map lies below the list. */
  function showMap() { document.getElementById("map").scrollIntoView({ block: "center" }); }

  /* The way, and where it begins. */
  function draw(move) {
    app.repaint("way");
    const one = ways[chosen];
    if (!move || !one) { return; }
    const points = one.way ? one.way.points : [[origin.x, origin.y], [one.place.x, one.place.y]];
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
    const area = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    /* The sentence first: a view of streets not drawn before takes longer than the search. */
    requestAnimationFrame(() => setTimeout(() => app.show(area, { padding: [50, 50], maxZoom: 16.5 })));
  }

  app.paint("way", {
    pane: "lines",
    draw(context, view) {
      const one = origin && ways[chosen];
      if (!one) { return; }
      const points = one.way ? one.way.points : [];
      /* From the door to the street and from there to the door: no map knows these. */
      const last = points.length - (one.way && one.way.complete ? 2 : 1);
      const parts = [[points.slice(0, 2), [1, 9]], [points.slice(1, last + 1), []], [points.slice(last), [1, 9]]];
      context.lineJoin = "round";
      context.lineCap = "round";
      [["--paper", 10], ["--selection", 5.5]].forEach(([colour, width]) => {
        context.strokeStyle = app.colour(colour);
        context.lineWidth = width;
        parts.forEach(([part, dashes]) => {
          context.setLineDash(dashes);
          context.beginPath();
          part.forEach(([x, y], i) => context[i ? "lineTo" : "moveTo"](view.x(x), view.y(y)));
          context.stroke();
        });
      });
      context.setLineDash([]);
      context.beginPath();
      context.arc(view.x(origin.x), view.y(origin.y), 9, 0, 7);
      context.fillStyle = app.colour("--paper");
      context.fill();
      context.lineWidth = 5;
      context.strokeStyle = app.colour("--ink");
      context.stroke();
    }
  });

  /* Near me, where the browser knows and the reader allows. */
  const near = element("near");
  near.hidden = !("geolocation" in navigator);
  near.addEventListener("click", function () {
    said.replaceChildren(app.h("p", {}, app.say("find.waiting")));
    navigator.geolocation.getCurrentPosition(function ({ coords }) {
      const [x, y] = app.fromGeographic(coords.latitude, coords.longitude);
      const [w, s, e, n] = app.page.bounds;
      if (x < w - 500 || x > e + 500 || y < s - 500 || y > n + 500) { refuse("find.far"); return; }
      app.state.set({ from: `${Math.round(x)},${Math.round(y)}` });
    }, function (error) {
      refuse(error.code === 1 ? "find.not_allowed" : "find.not_located");
    }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  });

  /* Who walks. */
  const who = element("who");
  who.addEventListener("change", () => {
    app.state.set({ who: who.value === app.page.travellers[0].name ? null : who.value });
  });
  const capital = (text) => text[0].toUpperCase() + text.slice(1);
  function travellers() {
    who.replaceChildren(...app.page.travellers.map((one) => (
      app.h("option", { value: one.name }, capital(one.label[app.language()]))
    )));
    who.value = app.who().name;
  }

  /* On the card of a place, how far it is from the address. */
  app.places.first(function (place) {
    const way = origin && origin.spot && app.travel.way(app.who().name, origin.spot, place.id);
    return way ? app.h("p", { class: "reached" }, app.h("strong", {}, time(way.seconds / 60)), " ",
      app.say("find.from", { address: origin.text, who: app.who().label[app.language()] })) : null;
  });

  app.onLanguage(() => { travellers(); tell(); });
  app.state.on("who", () => { travellers(); tell(); });
  app.state.on("from", begin);
  app.on("times", () => tell());
  app.on("ready", () => { if (app.state.get("from")) { begin(); } });
});
