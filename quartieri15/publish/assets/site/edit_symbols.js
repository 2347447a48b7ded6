"use strict";
/* What scenarios edit, as numbered symbols and lines of a map. */
Q15.symbols = (function () {
  const PLACES = ["opened", "closed", "moved", "changed"];

  /* A number in a circle for a place, in a square for a street: the shape is the second code. */
  function symbol(app, sign, number) {
    return app.h("span", { class: `edit-symbol ${sign}${PLACES.includes(sign) ? " place" : ""}`,
      "aria-hidden": "true" }, number);
  }

  /* Edits whose symbols would touch share one. */
  function clusters(app, edits) {
    const found = [];
    edits.filter((edit) => edit.at).forEach((edit) => {
      const point = app.map.latLngToLayerPoint(app.latlng(...edit.at));
      const near = found.find((one) => one.point.distanceTo(point) < 36);
      if (near) { near.edits.push(edit); } else { found.push({ point, edits: [edit] }); }
    });
    return found.map((one) => one.edits);
  }

  const onOneSpot = (edits) => edits.every((edit) => (
    Math.hypot(edit.at[0] - edits[0].at[0], edit.at[1] - edits[0].at[1]) < 20
  ));

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

  function marker(app, here, choose) {
    const numbers = here.map((edit) => edit.number);
    const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
    const apart = !onOneSpot(here);
    const label = here.length > 2 || apart && here.length > 1 ? `${first}\u2026${last}`
      : numbers.join("\u00b7");
    const icon = L.divIcon({
      className: "edit-marker",
      html: symbol(app, apart ? "several" : here[0].sign, label),
      iconSize: [44, 44]
    });
    const made = L.marker(app.latlng(...here[0].at), { icon, keyboard: false });
    made.on("click", () => {
      if (!apart) { choose(here); return; }
      const bounds = L.latLngBounds(here.map((edit) => app.latlng(...edit.at)));
      app.map.fitBounds(bounds.pad(0.3), { animate: false, maxZoom: 17 });
    });
    made.addTo(app.map);
    /* The list beside the map says the same, by keyboard too. */
    made.getElement().setAttribute("aria-hidden", "true");
    return made;
  }

  /* Keeps a symbol on the map for all edits that a function returns; call again() if they change. */
  function mark(app, edits, choose) {
    let made = [];
    function again() {
      made.forEach((one) => one.remove());
      made = clusters(app, edits()).map((here) => marker(app, here, choose));
    }
    app.map.on("zoomend", again);
    again();
    return again;
  }

  return { symbol, drawLines, mark };
})();
