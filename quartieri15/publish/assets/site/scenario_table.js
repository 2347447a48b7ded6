"use strict";
/* Who gains and who loses, group by group and zone by zone; what is taken for granted. */
Q15.module("scenario_table", function (app) {
  const { own, people } = app.scenario;
  const byId = (id) => document.getElementById(id);
  const MOST = 12;
  const minutes = () => app.number(app.page.minutes);

  const COLUMNS = {
    before: ["scenario.column_before", (row) => people(row.covered_before)],
    after: ["scenario.column_after", (row) => people(row.covered_after)],
    gained: ["scenario.column_gained", (row) => people(row.gained)],
    lost: ["scenario.column_lost", (row) => people(row.lost)],
    interval: ["scenario.column_interval", interval],
    quicker: ["scenario.column_quicker", (row) => people(row.people_quicker)],
    slower: ["scenario.column_slower", (row) => people(row.people_slower)]
  };

  function interval(row) {
    if (row.low === null) { return "–"; }
    const [low, high] = [row.low, row.high].map((count) => Q15.signedPeople(app, count));
    return low === high ? low : app.say("scenario.interval", { low, high });
  }

  function head(first, columns) {
    return app.h("thead", null, app.h("tr", null,
      app.h("th", { scope: "col", class: "text" }, app.say(first)),
      columns.map((name) => app.h("th", { scope: "col" }, app.say(COLUMNS[name][0])))));
  }

  /* Rows under the name of what they belong to. */
  function block(title, rows, columns, name) {
    return app.h("tbody", null,
      app.h("tr", null, app.h("th", { scope: "rowgroup", colspan: columns.length + 1,
        class: "text block" }, title)),
      rows.map((row) => app.h("tr", null,
        app.h("th", { scope: "row" }, name(row)),
        columns.map((column) => app.h("td", null, COLUMNS[column][1](row))))));
  }

  function groups() {
    const columns = ["before", "after", "gained", "lost", "interval", "quicker", "slower"];
    const { groups: rows } = app.scenario.answer();
    const areas = [...new Set(rows.map((row) => row.name))];
    byId("groups-help").textContent = app.say("scenario.groups_help", {
      minutes: minutes(), who: app.scenario.label(app.scenario.who())
    });
    byId("groups").replaceChildren(
      head("scenario.column_who", columns),
      ...areas.map((area) => block(
        area === null ? app.say("scenario.whole_city") : area,
        rows.filter((row) => row.name === area),
        columns,
        (row) => app.say("scenario.group." + row.group)
      ))
    );
  }

  const BY = { nil: "scenario.by_nil", municipi: "scenario.by_municipi" };

  function zones() {
    const columns = ["before", "after", "gained", "lost", "interval"];
    const who = app.scenario.label(app.scenario.who());
    const found = Object.entries(app.scenario.answer().zones).filter(([, rows]) => rows.length);
    byId("zones-scroll").hidden = !found.length;
    byId("zones-help").textContent = found.length
      ? app.say("scenario.zones_help", { who, count: app.number(MOST) })
      : app.say("scenario.zones_none", { who, minutes: minutes() });
    byId("zones").replaceChildren(
      head("scenario.column_zone", columns),
      ...found.map(([by, rows]) => block(
        BY[by] ? app.say(BY[by]) : by, rows, columns, (row) => row.name
      ))
    );
  }

  function assumed() {
    byId("assumed-language").textContent = app.say("scenario.in_italian");
    const cost = own.cost_source ? [{
      text: app.say("scenario.cost", { cost: app.number(own.cost_eur) }),
      source: own.cost_source, language: app.language()
    }] : [];
    byId("assumptions").hidden = !cost.length && !own.assumptions.length;
    byId("assumed").replaceChildren(...[...cost, ...own.assumptions].map((one) => (
      app.h("li", null,
        app.h("span", { lang: one.language || "it" }, one.text), " ",
        one.source === null
          ? app.h("span", { class: "quiet" }, `(${app.say("scenario.ours")})`)
          : app.h("span", { class: "quiet", lang: "it" }, `(${one.source})`))
    )));
  }

  app.scenario.follow(groups);
  app.scenario.follow(zones);
  app.onLanguage(assumed);
});
