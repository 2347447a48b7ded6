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

  /* ---- The chart ---- */

  const ROW = 44;
  const LABEL = 18;
  const BAR = 16;
  /* Where only a limit is published. */
  const SIGNS = { [zones.AT_LEAST]: "≥ ", [zones.AT_MOST]: "≤ " };

  function drawChart() {
    const width = Math.max(280, Math.min(860, chart.clientWidth || 640));
    const rows = rowsOf(drawn).filter((row) => row.share !== null)
      .sort((a, b) => b.share - a.share || a.name.localeCompare(b.name, "it"));
    if (!rows.length) {
      chart.replaceChildren(app.h("p", {}, app.say("table.no_chart")));
      return;
    }
    const average = zones.figure(city, 0);
    const right = width - 64;
    const to = (share) => share * right;
    const height = rows.length * ROW + 26;
    const bars = rows.flatMap((row, k) => {
      const y = k * ROW;
      return [
        app.svg("text", { x: 0, y: y + LABEL - 4, class: "chart-name" }, row.name),
        app.svg("rect", { x: 0, y: y + LABEL, width: right, height: BAR, class: "chart-track" }),
        app.svg("rect", {
          x: 0, y: y + LABEL, width: Math.max(1, to(row.share)), height: BAR, class: "chart-bar"
        }),
        app.svg("text", {
          x: right + 8, y: y + LABEL + BAR - 3, class: "chart-value"
        }, (SIGNS[row.kind] || "") + app.share(row.share))
      ];
    });
    const parts = [...bars];
    if (average.share !== null) {
      const x = to(average.share);
      /* A mark on every bar, so that no name is crossed out. */
      rows.forEach((_, k) => parts.push(app.svg("line", {
        x1: x, x2: x, y1: k * ROW + LABEL - 3, y2: k * ROW + LABEL + BAR + 3, class: "chart-mean"
      })));
      parts.push(app.svg("text", {
        x, y: height - 6, class: "chart-name", "text-anchor": x > right / 2 ? "end" : "start"
      }, app.say("table.mean", { city: city.name[0], share: app.share(average.share) })));
    }
    const summary = {
      highest: rows[0].name, high: app.share(rows[0].share),
      lowest: rows[rows.length - 1].name, low: app.share(rows[rows.length - 1].share)
    };
    chart.replaceChildren(app.svg("svg", {
      viewBox: `0 0 ${width} ${height}`, width, height, role: "img", class: "chart",
      "aria-label": app.say(rows.length > 1 ? "table.chart_says" : "table.chart_says_one", summary)
    }, parts));
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
  let before = chart.clientWidth;
  new ResizeObserver(() => {
    if (chart.clientWidth !== before) {
      before = chart.clientWidth;
      drawChart();
    }
  }).observe(chart);
});
