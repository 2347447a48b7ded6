"use strict";
/* What is done, as a list whose numbers stand on the map. */
Q15.module("scenario_list", function (app) {
  const { own, text } = app.scenario;
  const lines = own.lines;
  let chosen = null;

  function details(edit) {
    const parts = [text(edit.where)];
    if (edit.changes) { parts.push(text(edit.changes)); }
    if (edit.metres) {
      parts.push(app.say("scenario.street_metres", { metres: app.number(edit.metres) }));
    }
    return parts;
  }

  function content(edits) {
    return app.h("ul", { class: "points" }, edits.map((edit) => (
      app.h("li", null, app.h("strong", null, `${edit.number}. ${text(edit.title)}`),
        details(edit).map((part) => app.h("div", null, part)))
    )));
  }

  function choose(edit, here, opener) {
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
    const parts = details(edit);
    const name = app.h("span", { class: "edit-name" }, text(edit.title), ": ", parts[0]);
    const sign = Q15.symbols.symbol(app, edit.sign, edit.number);
    const button = edit.at
      ? app.h("button", { type: "button", class: "edit", onclick: () => (
        choose(edit, [edit], button)) }, sign, name)
      : app.h("div", { class: "edit" }, sign, name);
    return app.h("li", null, button,
      parts.slice(1).map((part) => app.h("div", { class: "quiet edit-more" }, part)));
  }

  app.paint("edits", {
    pane: "lines",
    draw: (context, view) => (
      Q15.symbols.drawLines(app, context, view, lines, own.edits, chosen))
  });
  Q15.symbols.markers(app, own.edits, (edit, here) => choose(edit, here, null));
  app.onLanguage(() => {
    document.getElementById("edits").replaceChildren(...own.edits.map(entry));
  });
});
