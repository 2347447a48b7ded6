"use strict";
/* The map: Leaflet in the metres of the city, which never traps the scroll of the page. */
Q15.core("map", function (app) {
  const container = document.getElementById("map");
  if (!container) { return; }
  const { bounds, latitude, projection } = app.page;
  const [west, south, east, north] = bounds;
  /* Zooms are those of web maps: pixels of the equator at zoom 0, seen from this latitude. */
  const metresAtZoom0 = 156543.03392 * Math.cos(latitude * Math.PI / 180);

  const crs = L.extend({}, L.CRS, {
    projection: L.Projection.LonLat,
    transformation: new L.Transformation(1, -(west + east) / 2, -1, (south + north) / 2),
    scale: (zoom) => 2 ** zoom / metresAtZoom0,
    zoom: (scale) => Math.log2(scale * metresAtZoom0),
    distance: (a, b) => Math.hypot(a.lng - b.lng, a.lat - b.lat),
    infinite: true
  });

  app.latlng = (x, y) => L.latLng(y, x);
  const box = ([w, s, e, n]) => L.latLngBounds(app.latlng(w, s), app.latlng(e, n));
  const whole = box(bounds);
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const map = L.map(container, {
    crs,
    zoomControl: false,
    attributionControl: false,
    zoomSnap: 0.5,
    minZoom: 9,
    maxZoom: 18,
    maxBounds: whole.pad(0.5),
    maxBoundsViscosity: 1,
    zoomAnimation: !calm,
    fadeAnimation: false,
    markerZoomAnimation: !calm,
    inertia: !calm,
    dragging: !L.Browser.mobile,
    scrollWheelZoom: false
  });
  app.map = map;
  app.show = (area, options) => map.fitBounds(box(area), { animate: false, ...options });

  [["ground", 200], ["theme", 300], ["lines", 350], ["names", 400]].forEach(([name, height]) => {
    const pane = map.createPane(name);
    pane.style.zIndex = height;
    pane.style.pointerEvents = "none";
  });

  /* Degrees are only for "near me" and for links to other maps. */
  function polynomial({ origin, scale, first, second }, a, b) {
    const u = (a - origin[0]) / scale[0];
    const v = (b - origin[1]) / scale[1];
    let one = 0;
    let two = 0;
    let term = 0;
    for (let i = 0; i <= 4; i += 1) {
      for (let j = 0; j <= 4 - i; j += 1) {
        const power = u ** i * v ** j;
        one += first[term] * power;
        two += second[term] * power;
        term += 1;
      }
    }
    return [one, two];
  }
  app.fromGeographic = (lat, lon) => polynomial(projection.metres, lon, lat);
  app.toGeographic = (x, y) => polynomial(projection.degrees, x, y).reverse();

  /* A view: its middle within what the map may show, and a zoom; null if it is none. */
  function viewOf(text) {
    const at = (text || "").split(",").map((part) => (part.trim() ? Number(part) : NaN));
    if (at.length !== 3 || !at.every(Number.isFinite)) { return null; }
    const middle = app.latlng(at[0], at[1]);
    return whole.pad(0.6).contains(middle) && at[2] >= 0 && at[2] <= map.getMaxZoom()
      ? { middle, zoom: at[2] } : null;
  }
  app.state.check("at", (text) => !viewOf(text));

  function restore() {
    const view = viewOf(app.state.get("at"));
    if (view) {
      map.setView(view.middle, view.zoom, { animate: false });
    } else {
      app.show(bounds);
    }
  }
  restore();
  map.setMinZoom(Math.max(8, map.getBoundsZoom(whole.pad(0.25))));
  map.on("moveend", function () {
    const centre = map.getCenter();
    const home = map.getBounds().contains(whole) && map.getZoom() <= map.getBoundsZoom(whole);
    const at = [Math.round(centre.lng), Math.round(centre.lat), map.getZoom()];
    app.state.set({ at: home ? null : at.join(",") });
  });
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(container);

  const scale = L.control.scale({ imperial: false, position: "bottomleft" });
  scale.addTo(map);

  [["zoom-in", "frame.zoom_in", () => map.zoomIn()],
    ["zoom-out", "frame.zoom_out", () => map.zoomOut()],
    ["whole", "frame.whole", () => app.show(bounds)]].forEach(([id, key, act]) => {
    const button = document.getElementById(id);
    button.addEventListener("click", act);
    app.onLanguage(() => {
      button.title = app.say(key);
      button.setAttribute("aria-label", app.say(key));
    });
  });

  /* One finger scrolls the page, two move the map; after a tap the map has the finger. */
  const notice = document.getElementById("map-notice");
  let hiding = null;
  function tell(key) {
    notice.textContent = app.say(key);
    notice.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => { notice.hidden = true; }, 2200);
  }
  let awake = false;
  function wake(yes) {
    if (yes === awake) { return; }
    awake = yes;
    container.classList.toggle("awake", yes);
    map.scrollWheelZoom[yes ? "enable" : "disable"]();
    if (L.Browser.mobile) {
      map.dragging[yes ? "enable" : "disable"]();
      if (yes) { tell("frame.map_awake"); }
    }
  }
  map.on("click", () => wake(true));
  container.addEventListener("focusin", () => { if (!L.Browser.mobile) { wake(true); } });
  document.addEventListener("pointerdown", (event) => {
    if (!container.contains(event.target)) { wake(false); }
  });
  container.addEventListener("wheel", function (event) {
    if (awake) { return; }
    if (event.ctrlKey) {
      event.preventDefault();
      map.scrollWheelZoom.enable();
      map.scrollWheelZoom._onWheelScroll(event);
      map.scrollWheelZoom.disable();
    } else {
      tell("frame.control_wheel");
    }
  }, { passive: false });
  let touches = 0;
  container.addEventListener("touchmove", function (event) {
    touches = event.touches.length;
    if (touches === 1 && !awake) { tell("frame.two_fingers"); }
  }, { passive: true });

  /* Who answers to a tap: markers by themselves, then these in their order. */
  const takers = [];
  app.hit = (taker) => takers.push(taker);
  map.on("click", function (event) {
    const { lng: x, lat: y } = event.latlng;
    const metresPerPixel = 1 / crs.scale(map.getZoom());
    if (!takers.some((taker) => taker(x, y, metresPerPixel))) { app.closeCard(); }
  });
  app.metresPerPixel = () => 1 / crs.scale(map.getZoom());
});
