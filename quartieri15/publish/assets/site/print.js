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
    before = {
      centre: map.getCenter(),
      zoom: map.getZoom(),
      bounds: map.getBounds(),
      limits: map.options.maxBounds
    };
    /* Leaflet would push a map of another size back within its limits. */
    map.setMaxBounds(null);
    resize(true);
    map.fitBounds(before.bounds, { animate: false });
    app.paintNow();
  }

  function end() {
    if (!before) { return; }
    const { centre, zoom, limits } = before;
    before = null;
    resize(false);
    map.setView(centre, zoom, { animate: false, reset: true });
    map.setMaxBounds(limits);
    app.paintNow();
  }

  window.addEventListener("beforeprint", begin);
  window.addEventListener("afterprint", end);
});
