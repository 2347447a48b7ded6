"use strict";
/* Who gains and who loses, group by group and zone by zone; what is taken for granted. */
Q15.module("scenario_table", function (app) {
  const { own, people, text } = app.scenario;
  const byId = (id) => document.getElementById(id);
  const MOST = 12;
  const minutes = () => app.number(app.page.minutes);

  const COLUMNS = {
    before: ["scenario.column_before", (row) => people(row.covered_before)],
    after: ["scenario.column_after", (row) => people(row.covered_after)],
    gained: ["scenario.column_gained", (row) => people(row.gained)],
    lost: ["scenario.column_lost", (row) => people(row.lost)],
    interval: ["scenario.column_interval", interval],
    come: ["scenario.column_come", (row) => (
      row.population_change === null
        ? people(null) : Q15.signedPeople(app, row.population_change))],
    quicker: ["scenario.column_quicker", (row) => people(row.people_quicker)],
    slower: ["scenario.column_slower", (row) => people(row.people_slower)],
    people_before: ["scenario.column_people_before", (row) => people(row.population_before)],
    people_after: ["scenario.column_people_after", (row) => people(row.population_after)],
    beyond_before: ["scenario.column_beyond_before", (row) => people(row.uncovered_before)],
    beyond_after: ["scenario.column_beyond_after", (row) => people(row.uncovered_after)]
  };

  function interval(row) {
    if (row.low === null) { return "–"; }
    const [low, high] = [row.low, row.high].map((count) => Q15.signedPeople(app, count));
    return low === high ? low : app.say("scenario.interval", { low, high });
  }

  function head(first, columns) {
    return app.h("thead", { role: "rowgroup" }, app.h("tr", { role: "row" },
      app.h("th", { scope: "col", role: "columnheader", class: "text" }, app.say(first)),
      columns.map((name) => (
        app.h("th", { scope: "col", role: "columnheader" }, app.say(COLUMNS[name][0]))))));
  }

  /* Rows under the name of what they belong to. On a phone each cell has its own heading, and the
     roles keep a table what it is there, too. */
  function block(title, rows, columns, name) {
    return app.h("tbody", { role: "rowgroup" },
      app.h("tr", { role: "row" }, app.h("th", { scope: "rowgroup", role: "rowheader", colspan: columns.length + 1,
        class: "text block" }, title)),
      rows.map((row) => app.h("tr", { role: "row" },
        app.h("th", { scope: "row", role: "rowheader" }, name(row)),
        columns.map((column) => app.h("td", { role: "cell" },
          app.h("span", { class: "own-heading", "aria-hidden": "true" },
            app.say(COLUMNS[column][0])),
          COLUMNS[column][1](row))))));
  }

  /* Columns that say nothing of any row are left out. */
  const IDLE = {
    interval: (row) => row.low === null,
    come: (row) => row.population_change === 0,
    quicker: (row) => row.people_quicker === 0,
    slower: (row) => row.people_slower === 0
  };
  const told = (columns, rows) => (
    columns.filter((name) => !(IDLE[name] && rows.every(IDLE[name])))
  );

  /* Where nothing changes for who stays, and others come or leave, the people are the answer. */
  const MOVES = ["gained", "lost", "people_quicker", "people_slower"];
  const onlyPeople = (rows) => rows.some((row) => row.population_change !== 0)
    && rows.every((row) => MOVES.every((name) => row[name] === 0));

  function groups() {
    const { groups: rows } = app.scenario.answer();
    const people = onlyPeople(rows);
    const columns = people
      ? ["people_before", "people_after", "come", "beyond_before", "beyond_after"]
      : told(["before", "after", "gained", "lost", "interval", "come", "quicker", "slower"], rows);
    const areas = [...new Set(rows.map((row) => row.name))];
    byId("groups-name").textContent = app.say(people ? "scenario.groups_people" : "scenario.groups");
    byId("groups-help").textContent = app.say(
      people ? "scenario.groups_people_help" : "scenario.groups_help",
      { minutes: minutes(), who: app.scenario.label(app.scenario.who()) }
    );
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
    const who = app.scenario.label(app.scenario.who());
    const found = Object.entries(app.scenario.answer().zones).filter(([, rows]) => rows.length);
    const columns = told(["before", "after", "gained", "lost", "interval"],
      found.flatMap(([, rows]) => rows));
    byId("zones").hidden = !found.length;
    byId("zones-help").textContent = found.length
      ? app.say("scenario.zones_help", { who, group: text(own.group), count: app.number(MOST) })
      : app.say(onlyPeople(app.scenario.answer().groups)
        ? "scenario.zones_people" : "scenario.zones_none", { who, minutes: minutes() });
    byId("zones").replaceChildren(
      head("scenario.column_zone", columns),
      ...found.map(([by, rows]) => block(
        BY[by] ? app.say(BY[by]) : by, rows, columns, (row) => row.name
      ))
    );
  }

  function assumed() {
    /* What it costs has no words of its own, only who says so. */
    const cost = () => app.say("scenario.cost", { cost: app.number(own.cost_eur) });
    byId("assumptions").hidden = !own.assumptions.length;
    byId("assumed").replaceChildren(...own.assumptions.map(({ text: texts, source }) => (
      app.h("li", null, texts === null ? cost() : Q15.ownWords(app, "span", texts), " ",
        app.h("span", { class: "quiet" }, "(",
          source === null ? app.say("scenario.ours") : Q15.ownWords(app, "span", source), ")"))
    )));
  }

  app.scenario.follow(groups);
  app.scenario.follow(zones);
  app.onLanguage(assumed);
});
