"use strict";
/* What a scenario changes, in a few words, from the same figures on every page. */
(function () {
  /* A number that is not told is above nobody and below the least that is. */
  Q15.scenarioPeople = (app, count, least) => (
    count === null ? app.say("scenario.few", { least: app.number(least) }) : app.people(count)
  );

  /* A difference, with the minus of mathematics and of every font. */
  Q15.signedPeople = (app, count) => (
    (count > 0 ? "+" : count < 0 ? "\u2212" : "") + app.people(Math.abs(count))
  );

  const CHANGES = [
    ["gained", "scenario.gist_gained"],
    ["lost", "scenario.gist_lost"],
    ["people_quicker", "scenario.gist_quicker"],
    ["people_slower", "scenario.gist_slower"]
  ];

  Q15.scenarioGist = function (app, row, least) {
    const parts = CHANGES.filter(([column]) => row[column] !== 0).map(([column, key]) => (
      app.say(key, {
        people: Q15.scenarioPeople(app, row[column], least),
        minutes: app.number(app.page.minutes)
      })
    ));
    /* Where only people change, who they are is all there is to say. */
    if (row.come) {
      parts.unshift(app.say("scenario.gist_come", {
        group: app.say("scenario.group." + row.come.group),
        people: Q15.signedPeople(app, row.come.change)
      }));
    }
    if (row.saved && row.saved[0] < 0.5) { parts.push(app.say("scenario.gist_little")); }
    return parts.length ? parts.join(" · ") : app.say("scenario.gist_none");
  };

  /* What a scenario says in its own words, in the language in which it says it. */
  Q15.ownWords = function (app, tag, texts) {
    const [text, lang] = texts[app.language()];
    return app.h(tag, { lang }, text);
  };

  /* The list entry of a page about a scenario. */
  Q15.scenarioEntry = function (app, { slug, name, gist, description }, least) {
    const traveller = app.page.travellers.find((one) => one.name === gist.who);
    return app.h("li", null,
      app.h("a", { href: `${slug}.html` }, name),
      description ? Q15.ownWords(app, "p", description) : null,
      app.h("p", { class: "quiet" },
        `${traveller.label[app.language()]}: ${Q15.scenarioGist(app, gist, least)}`));
  };
})();
