"use strict";
/* Drawings on the map: canvases that are sharp, and stay in place while the map moves. */
Q15.core("paint", function (app) {
  if (!app.map) { return; }
  const painted = new Map();

  const Canvas = L.Renderer.extend({
    initialize(draw, options) {
      /* No wider than the map: what is cut off would still lie over the page for axe. */
      L.Renderer.prototype.initialize.call(this, { padding: 0, ...options });
      this._draw = draw;
    },
    _initContainer() {
      this._container = document.createElement("canvas");
      this._container.setAttribute("aria-hidden", "true");
      this._context = this._container.getContext("2d");
    },
    _destroyContainer() {
      cancelAnimationFrame(this._frame);
      this._container.remove();
      delete this._container;
    },
    _updatePaths() {},
    _update() {
      if (this._map._animatingZoom && this._bounds) { return; }
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize();
      /* On paper Chromium counts a pixel of a canvas in 64ths of one of the page. */
      const ratio = app.printing ? 4 : Math.min(2, window.devicePixelRatio || 1);
      L.DomUtil.setPosition(this._container, this._bounds.min);
      this._container.hidden = false;
      this._container.width = Math.round(size.x * ratio);
      this._container.height = Math.round(size.y * ratio);
      this._container.style.width = `${size.x}px`;
      this._container.style.height = `${size.y}px`;
      this._paint(size, ratio);
    },
    _paint(size, ratio) {
      const map = this._map;
      const corner = map.layerPointToLatLng(this._bounds.min);
      const metresPerPixel = app.metresPerPixel();
      const west = corner.lng;
      const north = corner.lat;
      const context = this._context;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this._draw(context, {
        zoom: map.getZoom(),
        metresPerPixel,
        bounds: [west, north - size.y * metresPerPixel, west + size.x * metresPerPixel, north],
        width: size.x,
        height: size.y,
        ratio,
        x: (x) => (x - west) / metresPerPixel,
        y: (y) => (north - y) / metresPerPixel
      });
    },
    repaint() {
      if (!this._map || this._frame) { return; }
      this._frame = requestAnimationFrame(() => {
        this._frame = null;
        if (this._map) { this._update(); }
      });
    }
  });

  app.paint = function (name, { pane, draw }) {
    const layer = new Canvas(draw, { pane });
    painted.set(name, layer);
    layer.addTo(app.map);
    return layer;
  };
  app.repaint = (name) => painted.get(name).repaint();
  /* At once: nothing is waited for between the wish to print and the paper. */
  app.paintNow = function () {
    painted.forEach((layer) => layer._update());
    if (app.printing) { putTogether(); }
  };
  /* On paper Chromium lets each canvas wipe out what lies below it, where it is clear too: so the
     lowest is given all that lies above it, and is the only one. */
  function putTogether() {
    const height = (layer) => Number(app.map.getPane(layer.options.pane).style.zIndex);
    const [lowest, ...others] = [...painted.values()].sort((a, b) => height(a) - height(b));
    lowest._context.setTransform(1, 0, 0, 1, 0, 0);
    others.forEach(({ _container: canvas }) => {
      if (canvas.width && canvas.height) { lowest._context.drawImage(canvas, 0, 0); }
      canvas.hidden = true;
    });
  }
  app.repaintAll = () => painted.forEach((layer) => layer.repaint());
});
