"use strict";
/* A scenario in short: for whom, the figures that matter, how sure, what is not known. */
Q15.module("scenario", function (app) {
  const own = app.data.scenario;
  const minutes = app.page.minutes;
  const { least } = own;
  const names = Object.keys(own.answers);

  /* Who travels: as the address of the page says, else the first for whom anything changes. */
  const who = () => (Object.hasOwn(own.answers, app.state.get("who")) ? app.state.get("who") : own.who);
  app.state.check("who", (text) => !Object.hasOwn(own.answers, text));
  const label = (name) => (
    app.page.travellers.find((one) => one.name === name).label[app.language()]
  );
  const text = (texts) => texts[app.language()];
  const people = (count) => Q15.scenarioPeople(app, count, least);

  app.scenario = {
    own,
    who,
    label,
    text,
    people,
    answer: () => own.answers[who()],
    /* Calls now, when another traveller is chosen, and when the language changes. */
    follow(draw) {
      app.onLanguage(draw);
      app.state.on("who", draw);
    }
  };
  const byId = (id) => document.getElementById(id);

  function choices() {
    const box = byId("scenario-who");
    names.forEach((name) => {
      const input = app.h("input", {
        type: "radio", name: "who", value: name, onchange: () => app.state.set({ who: name })
      });
      const title = app.h("span", { class: "who-name" });
      const told = app.h("span", { class: "who-gist" });
      box.append(app.h("label", { class: "who-choice" }, input, app.h("span", null, title, told)));
      app.scenario.follow(() => {
        input.checked = who() === name;
        title.textContent = label(name);
        told.textContent = Q15.scenarioGist(app, own.answers[name].gist, least);
      });
    });
  }

  function often(probability) {
    if (probability === 1) { return app.say("scenario.often_always"); }
    if (probability === 0) { return app.say("scenario.often_never"); }
    return app.say("scenario.often_some", { share: app.theShare(probability) });
  }

  function sure() {
    const answer = app.scenario.answer();
    const row = answer.whole;
    if (!answer.drawn || (row.gained === 0 && row.lost === 0)) {
      return app.say("scenario.sure_none", { minutes: app.number(minutes) });
    }
    if (row.low === null) { return app.say("scenario.sure_few"); }
    const key = row.low === row.high ? "scenario.sure_same" : "scenario.sure_interval";
    return app.say(key, {
      low: Q15.signedPeople(app, row.low),
      high: Q15.signedPeople(app, row.high),
      group: text(own.group),
      often: often(answer.probability)
    });
  }

  function when() {
    const parts = [];
    if (own.date) { parts.push(app.say("scenario.from", { date: app.date(own.date) })); }
    if (own.until) { parts.push(app.say("scenario.until", { date: app.date(own.until) })); }
    parts.push(own.cost_eur === null
      ? app.say("scenario.cost_unknown")
      : app.say("scenario.cost", { cost: app.number(own.cost_eur) }));
    return parts.join(" · ");
  }

  /* Many who get there sooner may do so by seconds: then that is said. */
  function little(tenth) {
    return tenth < 0.5
      ? app.say("scenario.saved_less")
      : app.say("scenario.saved_little", { n: Math.round(10 * tenth) / 10 });
  }

  function answer() {
    const { figures, sentences, gist } = app.scenario.answer();
    byId("scenario-figures").replaceChildren(...figures.map(({ value, caption, tone }) => (
      app.h("li", { class: `is-${tone}` }, app.h("strong", null, text(value)), " ",
        app.h("span", null, text(caption)))
    )));
    byId("scenario-said").replaceChildren(
      ...sentences.map((one) => app.h("p", null, text(one))),
      ...(gist.saved && gist.saved[0] < 0.5 ? [app.h("p", null, little(gist.saved[1]))] : [])
    );
    byId("scenario-sure").textContent = sure();
  }

  choices();
  app.scenario.follow(answer);
  app.onLanguage(() => {
    byId("scenario-when").textContent = when();
    byId("scenario-story").replaceChildren(
      ...(own.description ? [Q15.ownWords(app, "span", own.description)] : [])
    );
    byId("scenario-unknown").replaceChildren(
      ...own.unknown.map((one) => app.h("li", null, text(one)))
    );
  });
});
