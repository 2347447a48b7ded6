"use strict";
/* What a trial comes to: the figure in words and by groups, and what it does not know. */
Q15.whatIfFigure = function (app, { people, isTried, marginM }) {
  const limit = app.page.minutes;
  const element = (id) => document.getElementById(id);
  const { h, say } = app;

  /* On the map too, where the eye is while a house is dragged; it is read out by the announcer. */
  const strip = h("p", { class: "what-if-strip", "aria-hidden": "true", hidden: true });
  app.map.getContainer().after(strip);

  const signed = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${app.people(Math.abs(value))}`;

  function gist() {
    const group = app.group();
    const { gained, lost } = people.result().known[group];
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
    const result = people.result();
    strip.replaceChildren(...change(result.known[group]), ` ${say("what_if.short." + group)}`);
    element("what-if-figure").replaceChildren(
      h("h3", {}, say("what_if.figure")),
      h("p", { class: "gist" }, gist()),
      h("p", { class: "quiet" }, asked()),
      h("ul", { class: "what-if-items tabular" },
        [["what_if.here", result.here], ["what_if.known", result.known]].map(([key, counts]) => (
          h("li", {}, h("span", {}, say(key, { km: marginM / 1000 })), change(counts[group]))
        ))),
      h("p", { class: "quiet" },
        keyOf("gain"), " ", say("what_if.key_gained"), " ",
        keyOf("lose"), " ", say("what_if.key_lost"))
    );
    drawTable();
  }

  function drawTable() {
    const result = people.result();
    const heading = (key) => h("th", { scope: "col" }, say(key));
    const rows = (key, counts) => h("tbody", {},
      h("tr", {}, h("th", { colspan: 5, scope: "rowgroup" }, say(key, { km: marginM / 1000 }))),
      app.cells.groups.map((group) => {
        const one = counts[group];
        return h("tr", { "data-group": group },
          h("th", { scope: "row" }, say("what_if.short." + group)),
          [one.before, one.after].map((value) => h("td", {}, app.people(value))),
          h("td", { class: one.gained ? "gain" : null }, signed(one.gained)),
          h("td", { class: one.lost ? "lose" : null }, signed(-one.lost)));
      }));
    const zones = people.zonesChanged(app.group());
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

  /* The dots of the map. */
  function keyOf(kind) {
    return app.svg("svg", { class: `key ${kind}`, viewBox: "0 0 20 20", "aria-hidden": "true" },
      app.svg("circle", { cx: 10, cy: 10, r: 9 }),
      app.svg("path", { d: kind === "gain" ? "M5 10h10M10 5v10" : "M5 10h10" }));
  }

  /* Who travels and how quickly: beside every figure. */
  function asked() {
    const who = app.who();
    const values = { who: who.label[app.language()], usual: who.speed_kmh, speed: app.travel.pace() };
    return say(app.travel.askedPace() !== null ? "what_if.asked_paces" : "what_if.asked", values);
  }

  /* What it does not know. */
  function drawLimits() {
    const group = app.group();
    const { cells, addresses } = app.cells.within[app.who().name][group];
    const hidden = app.cells.hidden(group);
    const known = people.result().known[group];
    element("what-if-unknown").replaceChildren(...[
      addresses === null ? say("what_if.limit_cells_only") : say("what_if.limit_cells", {
        cells: app.people(cells), addresses: app.people(addresses), minutes: limit,
        group: say("what_if.group." + group)
      }),
      hidden ? say("what_if.limit_hidden", { n: hidden, group: say("what_if.group." + group) }) : null,
      known.open ? say("what_if.limit_open", {
        people: app.people(known.open), group: say("what_if.group." + group)
      }) : null,
      say("what_if.limit_beyond", { km: marginM / 1000 }),
      say("what_if.limit_house"),
      say("what_if.limit_choice")
    ].filter(Boolean).map((text) => h("li", {}, text)));
  }

  return { gist, draw: drawFigure, drawLimits };
};
