"use strict";
/* What scenarios edit, as numbered symbols and lines of a map. */
Q15.symbols = (function () {
  const PLACES = ["opened", "closed", "moved", "changed"];

  /* A number in a circle for a place, in a square for a street: the shape is the second code. */
  function symbol(app, sign, number) {
    return app.h("span", { class: `edit-symbol ${sign}${PLACES.includes(sign) ? " place" : ""}`,
      "aria-hidden": "true" }, number);
  }

  /* Edits that stand on one spot share a symbol. */
  function spots(edits) {
    const found = new Map();
    edits.filter((edit) => edit.at).forEach((edit) => {
      const key = edit.at.map((value) => Math.round(value / 20)).join(",");
      if (!found.has(key)) { found.set(key, []); }
      found.get(key).push(edit);
    });
    return [...found.values()];
  }

  function line(context, view, lines, start, count) {
    context.beginPath();
    for (let i = start; i < start + count; i += 1) {
      context.lineTo(view.x(lines.x[i]), view.y(lines.y[i]));
    }
    context.stroke();
  }

  /* Streets as a line with a casing: whole for a track, dashed for calm traffic. */
  function drawLines(app, context, view, lines, edits, chosen) {
    const width = view.zoom >= 15 ? 5 : 3;
    context.lineCap = "butt";
    context.lineJoin = "round";
    const signs = new Map(edits.map((edit) => [edit.number, edit.sign]));
    ["casing", "calm", "other"].forEach((layer) => {
      let start = 0;
      for (let k = 0; k < lines.edit.length; k += 1) {
        const count = lines.points[k];
        const number = lines.edit[k];
        const calm = signs.get(number) === "calm";
        const here = layer === "casing" || (layer === "calm") === calm;
        if (here && signs.has(number)) {
          const own = number === chosen ? "--selection" : "--edit";
          context.strokeStyle = app.colour(layer === "casing" ? "--paper" : own);
          context.lineWidth = layer === "casing" ? width + 4 : width;
          context.setLineDash(layer === "calm" ? [width * 1.6, width * 1.2] : []);
          line(context, view, lines, start, count);
        }
        start += count;
      }
    });
    context.setLineDash([]);
  }

  function markers(app, edits, choose) {
    return spots(edits).map((here) => {
      const numbers = here.map((edit) => edit.number).join("·");
      const icon = L.divIcon({
        className: "edit-marker",
        html: symbol(app, here[0].sign, numbers),
        iconSize: [44, 44]
      });
      const marker = L.marker(app.latlng(...here[0].at), { icon, keyboard: false });
      marker.on("click", () => choose(here[0], here));
      marker.addTo(app.map);
      marker.getElement().setAttribute("aria-hidden", "true");
      return marker;
    });
  }

  return { symbol, spots, drawLines, markers };
})();
