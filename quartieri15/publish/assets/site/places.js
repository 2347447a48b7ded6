"use strict";
/* The places: their markers, which are one stop of the keyboard, their cards, and their list. */
Q15.module("places", function (app) {
  const { list, hours, people, groups, kinds, summer } = app.data.places;
  const opening = Q15.opening(hours);
  const WEMI_FROM = 14;
  /* From afar symbols are small, or they would hide what the map says; close by one asks how surely
     a place stands where it is drawn. */
  const symbolSize = (zoom) => (zoom < 11.5 ? 0.35 : zoom < 12.5 ? 0.5 : 1);
  const DOUBT_FROM = 14;
  const NEAR_PX = 30;
  /* Within so many metres one sees the door. */
  const DOOR_M = 50;
  const numberOf = new Map(list.map((place, number) => [place.id, number]));
  const placed = list.filter((place) => place.x !== null);
  const byId = (id) => (numberOf.has(id) ? list[numberOf.get(id)] : null);
  const isHouse = (place) => place.network === "houses";

  /* Words. */
  const nameOf = (place) => (
    place.name === "External WeMi (not named in the deck)" ? app.say("places.unnamed") : place.name
  );
  const kindOf = (place) => kinds[place.kind][app.language()];
  const NETWORKS = ["ex_csrc", "ex_cam"];
  /* Of two houses of one name it is told what each was. */
  const twice = new Set(list.filter(isHouse).map((place) => place.name)
    .filter((name, i, all) => all.indexOf(name) !== i));
  function houseName(place) {
    const name = nameOf(place);
    return twice.has(place.name) && NETWORKS.includes(place.kind)
      ? app.say("places.was." + place.kind, { name }) : name;
  }
  function fullName(place) {
    return isHouse(place) ? app.say("places.house_named", { name: houseName(place) }) : nameOf(place);
  }
  function addressOf(place) {
    if (!place.address) { return app.say("places.no_address"); }
    const street = place.address[app.language()];
    return place.location_precision === "civic" ? street : app.say("places.no_number", { street });
  }
  const withDesk = (text, place) => (
    place.desk ? app.say("places.text_with_desk", { text }) : text
  );
  const clock = (minutes) => {
    const [hour, rest] = [Math.floor(minutes / 60), minutes % 60];
    return rest ? `${hour}:${String(rest).padStart(2, "0")}` : String(hour);
  };

  /* Whether a place is open now, in a few words; never more than is known. */
  function openingOf(place) {
    const now = opening.at(numberOf.get(place.id), new Date());
    const source = now.set === "summer_2026_opening_hours" ? " " + app.say("places.as_cool_space") : "";
    if (now.state === "open") {
      return app.say("places.open_until", { time: clock(now.until) }) + source;
    }
    if (now.state === "closed" && now.opens !== null) {
      return app.say("places.opens_at", { time: clock(now.opens) }) + source;
    }
    if (now.state === "closed") { return app.say("places.closed_today") + source; }
    return app.say("places.hours_unknown");
  }

  const isKnown = (place) => opening.at(numberOf.get(place.id), new Date()).state !== "unknown";

  /* How surely it stands where it is drawn; empty where it does. */
  function doubtOf(place) {
    if (place.x === null) { return app.say("places.nowhere"); }
    if (place.apart_m) { return app.say("places.apart", { metres: place.apart_m }); }
    if (!place.doubtful) { return ""; }
    const metres = place.uncertainty_m;
    if (place.location_precision === "civic") {
      return metres > DOOR_M ? app.say("places.unconfirmed_within", { metres }) : app.say("places.unconfirmed");
    }
    return metres ? app.say("places.within", { metres }) : app.say("places.position_uncertain");
  }

  /* Symbols: all houses are houses; one of the second network has a white inside, so that the two
     differ without colour. A desk is a W, a doubtful position a dashed ring. */
  const HOUSE = "M22 9 35 20.5h-3V34H12V20.5H9z";
  function symbol(place) {
    const parts = [];
    if (place.doubtful) {
      parts.push(app.svg("circle", { cx: 22, cy: 22, r: 19, class: "doubt" }));
    }
    if (isHouse(place) || place.kind === "tried") {
      parts.push(
        app.svg("path", { d: HOUSE, class: "halo" }),
        app.svg("path", { d: HOUSE, class: "body" }),
        app.svg("path", { d: "M19 34v-8h6v8z", class: "door" })
      );
      if (place.desk) {
        parts.push(
          app.svg("circle", { cx: 34, cy: 12, r: 7, class: "desk" }),
          app.svg("path", { d: "M30.5 9.5 32.3 15 34 10.5 35.7 15 37.5 9.5", class: "letter" })
        );
      }
    } else if (place.network === "wemi") {
      parts.push(
        app.svg("circle", { cx: 22, cy: 22, r: 11, class: "desk" }),
        app.svg("path", { d: "M17 18 19.5 26 22 19.5 24.5 26 27 18", class: "letter" })
      );
    }
    return app.svg("svg", { viewBox: "0 0 44 44", "aria-hidden": "true", class: `symbol ${place.kind}` }, ...parts);
  }

  /* Markers. */
  const markers = new Map();
  let chosen = null;
  let stop = null;
  let gone = new Set();

  const Icon = L.Icon.extend({
    options: { iconSize: [44, 44], iconAnchor: [22, 22], className: "place-marker" },
    createIcon() {
      const { place } = this.options;
      const button = app.h("button", {
        type: "button", tabindex: "-1", onfocus: () => stopAt(place.id), onkeydown: moved
      }, symbol(place));
      this._setIconStyles(button, "icon");
      return button;
    },
    createShadow: () => null
  });

  function marker(place) {
    const made = L.marker(app.latlng(place.x, place.y), {
      icon: new Icon({ place }), keyboard: false, riseOnHover: true,
      zIndexOffset: isHouse(place) ? 100 : 0
    });
    made.on("click", () => tapped(place));
    made.on("add", () => label(place));
    markers.set(place.id, made);
    return made;
  }

  const buttonOf = (id) => markers.has(id) && markers.get(id).getElement();

  function label(place) {
    const button = buttonOf(place.id);
    if (!button) { return; }
    button.setAttribute("aria-label", [
      fullName(place),
      place.desk && app.say("places.with_desk"),
      place.doubtful && app.say("places.position_uncertain"),
      gone.has(place.id) && app.say("places.gone")
    ].filter(Boolean).join(", "));
    button.title = nameOf(place);
    button.tabIndex = stop === place.id ? 0 : -1;
    button.classList.toggle("chosen", chosen === place.id);
    button.classList.toggle("closed", gone.has(place.id));
  }

  const isDrawn = (place) => (
    isHouse(place) || app.map.getZoom() >= WEMI_FROM || chosen === place.id
  );

  function shown() {
    const zoom = app.map.getZoom();
    app.map.getContainer().classList.toggle("from-afar", symbolSize(zoom) < 1);
    app.map.getContainer().style.setProperty("--symbol", symbolSize(zoom));
    app.map.getContainer().classList.toggle("close-by", zoom >= DOUBT_FROM);
    placed.forEach((place) => {
      const its = markers.get(place.id) || marker(place);
      const wanted = isDrawn(place);
      if (wanted !== app.map.hasLayer(its)) { its[wanted ? "addTo" : "remove"](app.map); }
    });
    if (!stop || !buttonOf(stop)) { stopAt((visible()[0] || placed.find(isHouse) || {}).id); }
  }

  function visible() {
    const view = app.map.getBounds();
    return placed.filter((place) => buttonOf(place.id) && view.contains(app.latlng(place.x, place.y)));
  }

  function stopAt(id) {
    const before = stop && buttonOf(stop);
    if (before) { before.tabIndex = -1; }
    stop = id || null;
    if (stop && buttonOf(stop)) { buttonOf(stop).tabIndex = 0; }
  }

  /* Arrows go to the nearest place on that side. */
  const SIDES = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  function moved(event) {
    const side = SIDES[event.key];
    if (!side) { return; }
    event.preventDefault();
    event.stopPropagation();
    const here = byId(stop);
    let best = null;
    let least = Infinity;
    placed.forEach((place) => {
      if (place === here || !buttonOf(place.id)) { return; }
      const [east, north] = [place.x - here.x, place.y - here.y];
      const along = east * side[0] + north * side[1];
      const across = Math.abs(east * side[1]) + Math.abs(north * side[0]);
      if (along > 0 && across <= along && along + across < least) {
        [best, least] = [place, along + across];
      }
    });
    if (!best) { return; }
    app.map.panInside(app.latlng(best.x, best.y), { padding: [60, 60], animate: false });
    buttonOf(best.id).focus({ preventScroll: true });
  }

  /* Places whose symbols lie on each other open a choice. */
  function tapped(place) {
    const near = NEAR_PX * app.metresPerPixel();
    const close = placed.filter((other) => (
      buttonOf(other.id) && Math.hypot(other.x - place.x, other.y - place.y) <= near
    ));
    if (close.length < 2) { open(place.id, { opener: buttonOf(place.id) }); return; }
    app.openCard({
      at: [place.x, place.y],
      title: app.say("places.which"),
      content: app.h("ul", { class: "plain choices" }, close.map((other) => app.h("li", {},
        app.h("button", { type: "button", onclick: () => open(other.id, { opener: buttonOf(other.id) }) },
          symbol(other), app.h("span", {}, fullName(other)))))),
      opener: buttonOf(place.id)
    });
  }

  /* Cards: the figure first, then the place, what is known of its hours, and how surely. */
  function fact(key, text) {
    return text ? [app.h("dt", {}, app.say(key)), app.h("dd", {}, text)] : [];
  }

  function reachedBy(place) {
    const its = people[app.who().name];
    const count = its && its[numberOf.get(place.id)][app.page.groups.indexOf(app.group())];
    if (!isHouse(place) || !its) { return null; }
    const told = count === null
      ? app.say("places.people_hidden", { minutes: app.minutes(app.page.minutes) })
      : app.say("places.people", {
        people: app.people(count),
        group: groups[app.group()][app.language()],
        minutes: app.minutes(app.page.minutes),
        who: app.who().label[app.language()]
      });
    return app.h("p", { class: "reached" }, told);
  }

  function summerHours(place) {
    if (!place.summer_2026_hours) { return null; }
    return app.h("details", {},
      app.h("summary", {}, app.say("places.summer")),
      app.h("p", { class: "quiet" }, app.say("places.summer_about", {
        first: app.date(summer[0]), last: app.date(summer[1])
      })),
      app.h("blockquote", { lang: "it" }, place.summer_2026_hours,
        place.summer_2026_closures ? app.h("p", {}, app.say("places.closures", { closures: place.summer_2026_closures })) : null));
  }

  const firsts = [];
  function content(place) {
    return app.h("div", { class: "place-card" },
      firsts.map((first) => first(place)).find(Boolean) || reachedBy(place),
      app.h("dl", {},
        fact("places.address", addressOf(place)),
        fact("places.what", withDesk(kindOf(place), place)),
        fact("places.hours", openingOf(place)),
        fact("places.municipio", place.here || !place.municipio ? "" : String(place.municipio)),
        fact("places.position", doubtOf(place))),
      summerHours(place));
  }

  let opened = null;
  function open(id, { opener = null, focus = true } = {}) {
    const place = byId(id);
    if (!place) { return; }
    choose(id);
    app.openCard({
      at: place.x === null ? null : [place.x, place.y],
      title: fullName(place),
      content: content(place),
      opener: opener || document.activeElement,
      focus,
      onclose: () => { opened = null; choose(null); }
    });
    opened = { id, opener };
    /* On a telephone the card is on the map, far below the list it was opened from. */
    if (focus && opener && !app.map.getContainer().contains(opener)) {
      document.getElementById("card").scrollIntoView({ block: "nearest" });
    }
  }

  function choose(id) {
    const before = chosen;
    chosen = id;
    shown();
    [before, id].forEach((one) => {
      const button = one && buttonOf(one);
      if (button) { button.classList.toggle("chosen", one === chosen); }
    });
    app.state.set({ place: id });
    app.repaint("places");
  }

  /* How far a place may stand from its symbol, drawn while it is chosen. */
  app.paint("places", {
    pane: "lines",
    draw(context, view) {
      const place = chosen && byId(chosen);
      if (!place || place.x === null || !place.doubtful || !place.uncertainty_m) { return; }
      context.beginPath();
      context.arc(view.x(place.x), view.y(place.y), place.uncertainty_m / view.metresPerPixel, 0, 7);
      context.setLineDash([6, 5]);
      context.lineWidth = 2;
      context.strokeStyle = app.colour("--selection");
      context.stroke();
    }
  });

  const LEGEND = [
    ["places.legend.ex_csrc", { kind: "ex_csrc", network: "houses" }],
    ["places.legend.ex_cam", { kind: "ex_cam", network: "houses" }],
    ["places.legend.desk", { kind: "wemi_external", network: "wemi" }],
    ["places.legend.doubt", { kind: "doubt", doubtful: true }]
  ];
  /* The list of all places of the page, each of which opens its card. */
  const all = document.getElementById("places-all");
  function entry(place) {
    return app.h("li", {},
      app.h("button", { type: "button", class: "place-open", onclick: (event) => {
        open(place.id, { opener: event.currentTarget });
      } }, symbol(place), app.h("span", {}, fullName(place))),
      app.h("span", { class: "place-facts" }, withDesk(addressOf(place), place),
        app.h("span", { class: "quiet place-doubt" }, doubtOf(place))));
  }

  /* Those of a city are many: each Municipio has its own, folded. */
  function folded(here) {
    const unfolded = new Set([...all.querySelectorAll("details[open]")].map((one) => one.dataset.zone));
    const zones = [...new Set(here.map((place) => place.municipio || 0))]
      .sort((a, b) => (a || Infinity) - (b || Infinity));
    return zones.map((zone) => {
      const its = here.filter((place) => (place.municipio || 0) === zone);
      const name = zone ? app.say("places.of_municipio", { zone }) : app.say("places.elsewhere");
      return app.h("details", { "data-zone": zone, open: unfolded.has(String(zone)) || null },
        app.h("summary", {}, app.say("places.folded", { name, n: its.length })),
        app.h("ul", { class: "plain places-list", "aria-label": name }, its.map(entry)));
    });
  }

  function listed() {
    const isCity = app.page.kind === "city";
    const here = list.filter((place) => place.here || isCity);
    all.replaceChildren(...isCity && here.some((place) => place.municipio) ? folded(here)
      : [app.h("ul", { class: "plain places-list", "aria-labelledby": "places-title" }, here.map(entry))]);
    document.getElementById("places-legend").replaceChildren(...LEGEND.map(([key, shown]) => (
      app.h("li", {}, symbol(shown), app.h("span", {}, app.say(key)))
    )));
    document.getElementById("places-count").textContent = app.say("places.count", {
      n: here.filter(isHouse).length
    });
  }

  app.places = {
    list, byId, open, openingOf, isKnown, doubtOf, addressOf, fullName, houseName, symbol,
    chosen: () => chosen,
    /* Those with a symbol on the map, and of what part of its full size. */
    drawn: () => placed.filter(isDrawn),
    symbolSize: () => symbolSize(app.map.getZoom()),
    /* A house that is tried out: it has no address, no hours and no card. */
    tried: ({ id, x, y }) => ({ id, x, y, name: app.say("places.tried"), network: "tried", kind: "tried", here: true }),
    /* The first lines of cards: each is asked for an element, or null. */
    first: (line) => firsts.push(line),
    /* Places that someone closes or moves as a trial stay as ghosts. */
    close(ids) {
      if (ids.length === gone.size && ids.every((id) => gone.has(id))) { return; }
      gone = new Set(ids);
      placed.forEach(label);
    }
  };

  app.map.on("zoomend moveend", shown);
  shown();
  app.onLanguage(() => {
    placed.forEach(label);
    if (all) { listed(); }
    if (opened) { open(opened.id, { opener: opened.opener, focus: false }); }
  });
  app.state.on(["who", "group"], () => {
    if (opened) { open(opened.id, { opener: opened.opener, focus: false }); }
  });
  app.state.check("place", (text) => !byId(text));
  app.state.on("place", () => {
    const asked = app.state.get("place");
    if (asked !== chosen && asked) { open(asked, { focus: false }); }
  });
  app.on("ready", () => { if (app.state.get("place")) { open(app.state.get("place"), { focus: false }); } });
});
