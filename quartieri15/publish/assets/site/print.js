"use strict";
/* On paper the map has the width of the sheet, what it showed, and the sharpness of print. */
Q15.core("print", function (app) {
  const { map } = app;
  if (!map) { return; }
  const container = map.getContainer();
  let before = null;

  function resize(printing) {
    app.printing = printing;
    container.classList.toggle("printing", printing);
    map.invalidateSize({ animate: false, pan: false });
  }

  function begin() {
    if (before) { return; }
    const { maxBounds, minZoom, zoomSnap } = map.options;
    before = {
      centre: map.getCenter(), zoom: map.getZoom(), maxBounds, steps: { minZoom, zoomSnap }
    };
    const seen = map.getBounds();
    const all = !app.state.get("at");
    /* Leaflet would push a map of another size back within its limits. */
    map.setMaxBounds(null);
    Object.assign(map.options, { minZoom: 0, zoomSnap: 0 });
    resize(true);
    if (all) {
      app.show(app.page.bounds, { padding: [8, 8] });
    } else {
      map.fitBounds(seen, { animate: false });
    }
    app.paintNow();
  }

  function end() {
    if (!before) { return; }
    const { centre, zoom, maxBounds, steps } = before;
    before = null;
    Object.assign(map.options, steps);
    resize(false);
    map.setView(centre, zoom, { animate: false, reset: true });
    map.setMaxBounds(maxBounds);
    app.paintNow();
  }

  window.addEventListener("beforeprint", begin);
  window.addEventListener("afterprint", end);
});
