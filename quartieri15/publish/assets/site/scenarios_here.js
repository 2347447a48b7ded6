"use strict";
/* What is planned in an area: scenarios with a page of their own, and their edits on the map. */
Q15.module("scenarios_here", function (app) {
  const own = app.data.scenarios_here;
  if (!own) {
    document.getElementById("scenarios_here").hidden = true;
    return;
  }
  const byId = (id) => document.getElementById(id);
  const box = byId("here-box");

  app.onLanguage(() => {
    const some = own.scenarios.length > 0;
    byId("here-help").textContent = app.say(some ? "scenario.here_help" : "scenario.here_none");
    byId("here").replaceChildren(...own.scenarios.map((one) => (
      Q15.scenarioEntry(app, { ...one, slug: one.page, gist: one }, own.least)
    )));
  });
  if (!own.edits.length) { return; }

  function choose(here) {
    app.card({
      at: here[0].at,
      title: here[0].where[app.language()],
      content: app.h("ul", { class: "told-points" }, here.map((one) => (
        app.h("li", null, one.title[app.language()],
          one.changes ? app.h("div", { class: "quiet" }, one.changes[app.language()]) : null)
      )))
    });
  }

  app.paint("edits", {
    pane: "lines",
    draw(context, view) {
      if (box.checked) { Q15.symbols.drawLines(app, context, view, own.lines, own.edits, null); }
    }
  });

  const again = Q15.symbols.mark(app, () => (box.checked ? own.edits : []), choose);
  byId("here-show").hidden = false;
  box.addEventListener("change", () => {
    app.state.set({ planned: box.checked ? "1" : null });
    if (box.checked) { app.map.getContainer().scrollIntoView({ block: "nearest" }); }
  });
  const follow = () => { 
    box.checked = app.state.get("planned") === "1";
    again();
    app.repaint("edits");
  };
  app.state.on("planned", follow);
  app.state.check("planned", (text) => text !== "1");
  follow();
});
