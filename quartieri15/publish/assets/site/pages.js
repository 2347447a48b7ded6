"use strict";
/* All pages there are, and what each is about in one sentence. */
Q15.module("pages", function (app) {
  const own = app.data.pages;
  const groups = document.getElementById("page-groups");
  const traveller = app.page.travellers.find((one) => one.name === own.who);

  function beyond(page) {
    const found = own.beyond[page.slug];
    if (!found) { return null; }
    return found.people === null || found.share === null
      ? app.say("pages.beyond_unknown")
      : app.say("pages.beyond", {
        share: app.share(found.share),
        people: app.people(found.people),
        minutes: app.number(app.page.minutes)
      });
  }

  function entry(page) {
    const title = page.name ? page.name[app.language()] : page.title[app.language()];
    if (own.scenarios[page.slug]) {
      return Q15.scenarioEntry(
        app, { slug: page.slug, name: title, gist: own.scenarios[page.slug] }, own.least
      );
    }
    const told = beyond(page);
    return app.h("li", null,
      app.h("a", { href: `${page.slug}.html` }, title),
      told ? app.h("p", { class: "quiet" }, told) : null);
  }

  const KINDS = [
    [["municipio"], "pages.municipi", "pages.municipi_help"],
    [["area"], "pages.areas", "pages.areas_help"],
    [["scenario"], "pages.scenarios", "pages.scenarios_help"],
    [["method", "statement"], "pages.about", null]
  ];

  app.onLanguage(() => {
    groups.replaceChildren(...KINDS.map(([kinds, title, help]) => {
      const pages = app.page.pages.filter((page) => kinds.includes(page.kind));
      if (!pages.length) { return null; }
      return app.h("div", null,
        app.h("h3", null, app.say(title)),
        help ? app.h("p", { class: "quiet" }, app.say(help, {
          minutes: app.number(app.page.minutes), who: traveller.label[app.language()]
        })) : null,
        app.h("ul", { class: "page-list" }, pages.map(entry)));
    }).filter(Boolean));
  });
});
