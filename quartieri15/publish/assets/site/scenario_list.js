"use strict";
/* What is done, as a list whose numbers stand on the map. */
Q15.module("scenario_list", function (app) {
  const { own, text } = app.scenario;
  let chosen = null;

  const metres = (edit) => app.say("scenario.street_metres", { metres: app.number(edit.metres) });

  function content(edits) {
    return app.h("ul", { class: "points" }, edits.map((edit) => (
      app.h("li", null,
        app.h("strong", null, `${edit.number}. ${text(edit.title)}`),
        edit.changes ? app.h("div", null, text(edit.changes)) : null,
        edit.metres ? app.h("div", null, metres(edit)) : null)
    )));
  }

  function choose(here, opener) {
    const [edit] = here;
    chosen = edit.number;
    const [west, south, east, north] = edit.bounds;
    if (opener) { app.show([west - 150, south - 150, east + 150, north + 150], { maxZoom: 16 }); }
    app.repaint("edits");
    app.card({
      at: edit.at,
      title: text(edit.where),
      content: content(here),
      opener,
      onclose: () => { chosen = null; app.repaint("edits"); }
    });
  }

  function entry(edit) {
    const sign = Q15.symbols.symbol(app, edit.sign, edit.number);
    /* What a street becomes stands in the card; what a house becomes is why it is listed. */
    const more = edit.metres ? metres(edit) : edit.changes && text(edit.changes);
    const words = app.h("span", null, text(edit.where),
      more ? app.h("span", { class: "edit-more" }, more) : null);
    const attributes = { class: "edit" };
    const element = edit.at
      ? app.h("button", { ...attributes, type: "button",
        onclick: () => choose([edit], element) }, sign, words)
      : app.h("div", attributes, sign, words);
    return app.h("li", null, element);
  }

  function list() {
    const titles = [...new Set(own.edits.map((edit) => text(edit.title)))];
    document.getElementById("edits").replaceChildren(...titles.map((title) => (
      app.h("div", null,
        app.h("h3", null, title),
        app.h("ul", { class: "edits" },
          own.edits.filter((edit) => text(edit.title) === title).map(entry)))
    )));
  }

  app.paint("edits", {
    pane: "lines",
    draw: (context, view) => (
      Q15.symbols.drawLines(app, context, view, own.lines, own.edits, chosen))
  });
  Q15.symbols.mark(app, () => own.edits, (here) => choose(here, null));
  app.onLanguage(list);
});
