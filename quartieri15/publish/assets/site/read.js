"use strict";
/* What the words on the page mean, and how fast each traveller is taken to be. */
Q15.module("read", function (app) {
  const list = document.getElementById("read-terms");
  const { terms, counts } = app.data.read;

  function paces() {
    return app.h("ul", {}, app.page.travellers.map((who) => app.h("li", {}, app.say("read.pace", {
      who: who.label[app.language()],
      pace: app.number(who.speed_kmh)
    }))));
  }

  app.onLanguage(() => list.replaceChildren(...terms.flatMap((term) => [
    app.h("dt", {}, app.say(`read.${term}`)),
    app.h("dd", {}, app.say(`read.${term}.is`, counts), term === "minutes" ? paces() : null)
  ])));
});
