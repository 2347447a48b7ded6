"use strict";
/* The page in three numbers: how many are left out, what part of them that is, how long it takes. */
Q15.module("figures", function (app) {
  const zones = app.zones;
  const [city, here] = zones.wholes;
  const list = document.getElementById("figures-list");
  const note = document.getElementById("figures-note");

  const where = () => (
    here.by === "municipi" ? app.say("figures.in_municipio", { name: here.name[0] })
      : app.say("figures.in_area", { name: here.name[0] })
  );

  const item = (value, text) => app.h("li", {}, app.h("strong", {}, value), app.h("span", {}, text));

  function numbers() {
    const one = zones.figure(here, 0);
    const all = zones.figure(city, 0);
    const values = {
      group: zones.groupText(), minutes: app.page.minutes, where: where(), city: city.name[0]
    };
    if (one.kind === zones.NOBODY) { return [item("0", app.say("figures.nobody", values))]; }
    if (one.kind === zones.NOT_TOLD) { return [item("–", app.say("figures.untold", values))]; }
    const told = [
      item(zones.told(one, "count"), app.say("figures.count", {
        ...values, population: app.people(one.population)
      })),
      item(zones.told(one, "share"), all.share === null ? app.say("figures.share_alone", values)
        : app.say("figures.share", { ...values, all: zones.told(all, "share") }))
    ];
    if (one.minutes !== null) {
      const text = all.minutes === null ? app.say("figures.half_alone", values)
        : app.say("figures.half", { ...values, all: app.say("themes.minutes", { n: all.minutes }) });
      told.push(item(app.say("themes.minutes", { n: one.minutes }), text));
    }
    return told;
  }

  function tell() {
    list.replaceChildren(...numbers());
    note.textContent = [
      app.say("figures.places", { n: here.places[0], where: zones.capital(where()) }),
      zones.asked(), app.say("figures.rounded")
    ].join(" ");
  }
  app.onLanguage(tell);
  app.state.on(["who", "group"], tell);
});
