"use strict";
/* Area by area, as a chart and as a table: everything that the colours of the map say. */
Q15.module("table", function (app) {
  const zones = app.zones;
  const { own, wholes } = zones;
  const [city, ...more] = wholes;
  const FIRST = 12;
  const element = (id) => document.getElementById(`table-${id}`);
  const chart = element("chart");
  const table = element("table");
  const all = element("all");

  /* The chart shows the zones of the page; on that of the city, its Municipi. */
  const drawn = app.page.kind === "city" && more.length ? more[0] : own;
  const namesOf = (set) => (set === own ? zones.names : set.name);
  const rowsOf = (set) => Array.from({ length: zones.sizeOf(set) }, (_, i) => (
    { i, name: namesOf(set)[i], ...zones.figure(set, i) }
  ));

  /* ---- The chart: names and values are text, only the bars are drawn ---- */

  /* Where only a limit is published. */
  const SIGNS = { [zones.AT_LEAST]: "≥ ", [zones.AT_MOST]: "≤ " };

  function bar(share, mean) {
    const percent = (part) => `${(100 * part).toFixed(1)}%`;
    return app.svg("svg", { class: "chart-bar", "aria-hidden": true },
      app.svg("rect", { width: "100%", height: "100%", class: "chart-track" }),
      app.svg("rect", { width: percent(share), height: "100%", class: "chart-part" }),
      mean === null ? null : app.svg("line", {
        x1: percent(mean), x2: percent(mean), y1: 0, y2: "100%", class: "chart-mean"
      }));
  }

  function drawChart() {
    const rows = rowsOf(drawn).filter((row) => row.share !== null)
      .sort((a, b) => b.share - a.share || a.name.localeCompare(b.name, "it"));
    if (!rows.length) {
      chart.replaceChildren(app.h("p", {}, app.say("table.no_chart")));
      return;
    }
    const mean = zones.figure(city, 0).share;
    chart.replaceChildren(
      app.h("ul", { class: "chart" }, rows.map((row) => app.h("li", {},
        app.h("span", {}, row.name),
        app.h("strong", {}, (SIGNS[row.kind] || "") + app.share(row.share)),
        bar(row.share, mean)))),
      mean === null ? "" : app.h("p", { class: "quiet chart-key" },
        app.svg("svg", { viewBox: "0 0 12 16", class: "chart-sign", "aria-hidden": true },
          app.svg("line", { x1: 6, x2: 6, y1: 0, y2: 16, class: "chart-mean" })),
        app.say("table.mean", { city: city.name[0], share: app.share(mean) }))
    );
  }

  /* ---- The table ---- */

  const COLUMNS = [
    { key: "name", first: "ascending", order: (row) => row.name },
    { key: "population", first: "descending", order: (row) => row.population ?? -1 },
    { key: "beyond", first: "descending", order: (row) => row.uncovered ?? -1 },
    { key: "share", first: "descending", order: (row) => row.share ?? -1 },
    { key: "half", first: "descending", order: (row) => row.minutes ?? -1 }
  ];
  let sorted = { key: "beyond", direction: "descending" };
  let whole = zones.sizeOf(own) <= FIRST;

  function sort(rows) {
    const { order } = COLUMNS.find((column) => column.key === sorted.key);
    const sign = sorted.direction === "ascending" ? 1 : -1;
    return rows.sort((a, b) => {
      const [x, y] = [order(a), order(b)];
      const by = typeof x === "string" ? x.localeCompare(y, "it") : x - y;
      return sign * by || a.name.localeCompare(b.name, "it");
    });
  }

  function head() {
    return app.h("thead", {}, app.h("tr", {}, COLUMNS.map(({ key, first }) => app.h("th", {
      scope: "col", class: key === "name" ? "text" : null,
      "aria-sort": sorted.key === key ? sorted.direction : null
    }, app.h("button", {
      type: "button", class: "sort", id: `table-sort-${key}`,
      onclick() {
        const other = first === "ascending" ? "descending" : "ascending";
        const again = sorted.key === key && sorted.direction === first;
        sorted = { key, direction: again ? other : first };
        tell();
        element(`sort-${key}`).focus();
      }
    }, app.say("table.column." + key, { minutes: app.page.minutes }))))));
  }

  function cells(row) {
    return [
      row.population === null ? app.say("table.few") : app.people(row.population),
      row.kind === zones.NOBODY ? "–" : row.kind === zones.NOT_TOLD ? app.say("table.few")
        : zones.told(row, "count"),
      row.share === null ? "–" : zones.told(row, "share"),
      row.minutes === null ? "–" : app.minutes(row.minutes)
    ].map((text) => app.h("td", {}, text));
  }

  function body() {
    const rows = sort(rowsOf(own)).slice(0, whole ? undefined : FIRST);
    return app.h("tbody", {}, rows.map((row) => app.h("tr", {},
      app.h("th", { scope: "row" }, app.h("button", {
        type: "button", class: "in-text", onclick: (event) => show(row.i, event.currentTarget)
      }, row.name)), cells(row))));
  }

  /* The card stands on the map, which may be out of sight. */
  function show(i, opener) {
    zones.open(i, opener);
    document.getElementById("card").scrollIntoView({ block: "nearest" });
  }

  function foot() {
    const sets = [...more].reverse().filter((set) => zones.sizeOf(set) === 1);
    return app.h("tfoot", {}, [...sets, city].map((set) => app.h("tr", {},
      app.h("th", { scope: "row" }, set.name[0]), cells({ ...zones.figure(set, 0) }))));
  }

  function tell() {
    const values = { group: zones.groupText(), minutes: app.page.minutes };
    element("title").textContent = app.say("table.title", values);
    element("note").textContent = zones.asked();
    element("chart-title").textContent = app.say(
      drawn === own ? "table.chart_title" : "table.chart_title_municipi", values
    );
    table.replaceChildren(
      app.h("caption", { class: "hidden" }, app.say("table.title", values)), head(), body(), foot()
    );
    all.hidden = zones.sizeOf(own) <= FIRST;
    all.textContent = app.say(whole ? "table.fewer" : "table.all", { n: zones.sizeOf(own) });
    all.setAttribute("aria-expanded", String(whole));
    drawChart();
  }
  all.addEventListener("click", () => {
    whole = !whole;
    tell();
  });
  app.onLanguage(tell);
  app.state.on(["who", "group"], tell);
});
