"use strict";
/* What a published map does beyond Leaflet: two languages, layers with their legend, popups by
   keyboard, a table that opens the map. Every text arrives as escaped HTML; the features stand
   in the page as JSON, which is parsed and never run. */
(function () {
  var SHAPES = window.quartieri15Shapes;
  var WORDS = window.quartieri15Words;
  var DATA = null;
  var layers = {};
  var byKeyboard = false;
  var opener = null;

  /* folium's own popups call these two forms of $ and nothing else of it. */
  if (!window.$) {
    window.$ = function (what) {
      if (typeof what === "string") {
        var holder = document.createElement("template");
        holder.innerHTML = what.trim();
        return holder.content.childNodes;
      }
      return { ready: function (call) { call(); } };
    };
  }
  L.Icon.Default.imagePath = "";
  L.Icon.Default.mergeOptions(window.quartieri15Icons);

  document.addEventListener("keydown", function () { byKeyboard = true; }, true);
  document.addEventListener("pointerdown", function () { byKeyboard = false; }, true);

  function say(key) { return WORDS[key][document.documentElement.lang]; }

  function label(element, key) {
    if (!element) { return; }
    element.title = say(key);
    element.setAttribute("aria-label", say(key));
  }

  function marker(feature, latlng) {
    var p = feature.properties;
    var size = p.size;
    var icon = L.divIcon({
      className: "mark" + (p.approximate ? " approximate" : "") + (p.beside ? " beside" : ""),
      html: SHAPES[p.shape] + '<span class="hidden">' + p.label + "</span>",
      iconSize: [size, size],
      iconAnchor: p.beside ? [-4, size + 4] : [size / 2, size / 2],
      popupAnchor: p.beside ? [4 + size / 2, -size] : [0, -size / 2]
    });
    return L.marker(latlng, { icon: icon, riseOnHover: true, zIndexOffset: p.beside ? 50 : 0 });
  }

  /* A row of a table in the colour of its class. */
  function dot(feature, latlng) { return L.circleMarker(latlng, feature.properties.style); }

  var POINTS = { dot: dot, marker: marker, municipio: municipio, numbered: numbered };

  function layer(number) {
    DATA = DATA || JSON.parse(document.getElementById("layers").textContent);
    var own = DATA[number];
    var options = Object.assign({
      onEachFeature: openable,
      pointToLayer: POINTS[own.point],
      style: function (feature) { return feature.properties.style; }
    }, own.options);
    layers[own.id] = L.geoJson(own.features, options);
    return layers[own.id];
  }

  function openable(feature, layer) {
    var p = feature.properties;
    var small = window.innerWidth < 800;
    if (p.popup) {
      layer.bindPopup(p.popup, {
        minWidth: 200,
        maxWidth: Math.min(320, window.innerWidth - 130),
        maxHeight: Math.min(480, Math.round(window.innerHeight * (small ? 0.5 : 0.6))),
        autoPan: false
      });
    }
    if (p.label) { layer.bindTooltip(p.label, { sticky: !layer.getLatLng, direction: "top" }); }
    if (p.radius) {
      var circle = null;
      layer.on("popupopen", function (event) {
        circle = L.circle(layer.getLatLng(), {
          radius: p.radius, color: "#1c1f24", weight: 1.5, dashArray: "4 4", fill: false,
          interactive: false
        }).addTo(event.target._map);
      });
      layer.on("popupclose", function () { if (circle) { circle.remove(); circle = null; } });
    }
    layer.on("keydown", function (event) {
      if (event.originalEvent.key === " ") {
        event.originalEvent.preventDefault();
        layer.openPopup();
      }
    });
  }

  function municipio(feature, latlng) {
    return L.marker(latlng, {
      interactive: false, keyboard: false, zIndexOffset: -1000,
      icon: L.divIcon({ className: "municipio", html: feature.properties.label, iconSize: [24, 24] })
    });
  }

  /* A place in an order: its number in a circle. */
  function numbered(feature, latlng) {
    var p = feature.properties;
    var icon = L.divIcon({
      className: "mark numbered",
      html: '<span class="number" aria-hidden="true">' + p.number + '</span>' +
        '<span class="hidden">' + p.label + "</span>",
      iconSize: [30, 30], iconAnchor: [15, 15], popupAnchor: [0, -15]
    });
    return L.marker(latlng, { icon: icon, riseOnHover: true, zIndexOffset: 1000 - p.number });
  }

  /* Leaflet's own way of showing a whole popup gives up while the map pans to a focused marker. */
  function showWhole(map, box) {
    map.stop();
    var view = map.getContainer().getBoundingClientRect();
    var rect = box.getBoundingClientRect();
    var x = Math.max(0, rect.right - (view.right - 10));
    var y = Math.max(0, rect.bottom - (view.bottom - 30));
    if (rect.left - x < view.left + 50) { x = rect.left - (view.left + 50); }
    if (rect.top - y < view.top + 10) { y = rect.top - (view.top + 10); }
    if (x || y) { map.panBy([x, y], { animate: false }); }
  }

  function keepFocus(map) {
    map.on("popupopen", function (event) {
      var box = event.popup.getElement();
      var name = box.querySelector("h3");
      box.setAttribute("role", "dialog");
      if (name) { name.id = "popup-name"; box.setAttribute("aria-labelledby", "popup-name"); }
      box.tabIndex = -1;
      var scrolled = box.querySelector(".leaflet-popup-scrolled");
      if (scrolled) { scrolled.tabIndex = 0; }
      label(box.querySelector(".leaflet-popup-close-button"), "close");
      showWhole(map, box);
      if (byKeyboard || opener) {
        opener = opener || document.activeElement;
        box.focus({ preventScroll: true });
      }
    });
    map.on("popupclose", function (event) {
      var box = event.popup.getElement();
      var inside = box && (box.contains(document.activeElement) || document.activeElement === document.body);
      if (opener && inside && document.contains(opener)) { opener.focus(); }
      opener = null;
    });
    /* Leaflet closes on Escape only while the map itself has the focus. */
    map.getContainer().addEventListener("keydown", function (event) {
      if (event.key === "Escape") { map.closePopup(); }
    });
  }

  function speak(map, language) {
    document.documentElement.lang = language;
    document.querySelectorAll("[data-language]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.language === language));
    });
    document.title = JSON.parse(document.body.dataset.titles)[language];
    label(document.querySelector(".leaflet-control-zoom-in"), "zoom_in");
    label(document.querySelector(".leaflet-control-zoom-out"), "zoom_out");
    label(document.querySelector(".whole-city"), "whole_city");
    label(document.querySelector(".leaflet-popup-close-button"), "close");
  }

  function sortable(table) {
    var heads = table.tHead.rows[table.tHead.rows.length - 1].cells;
    Array.prototype.forEach.call(heads, function (head, column) {
      head.querySelector("button").addEventListener("click", function () {
        var first = column === 0 ? "ascending" : "descending";
        var other = column === 0 ? "descending" : "ascending";
        var order = head.getAttribute("aria-sort") === first ? other : first;
        var sign = order === "ascending" ? 1 : -1;
        var rows = Array.prototype.slice.call(table.tBodies[0].rows);
        rows.sort(function (a, b) {
          var x = a.cells[column], y = b.cells[column];
          var by = column === 0
            ? x.textContent.localeCompare(y.textContent, "it")
            : x.dataset.value - y.dataset.value;
          return sign * by;
        });
        Array.prototype.forEach.call(heads, function (cell) { cell.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", order);
        rows.forEach(function (row) { table.tBodies[0].appendChild(row); });
      });
    });
  }

  function start(map, bounds, view) {
    var container = map.getContainer();
    container.setAttribute("role", "region");
    container.setAttribute("aria-labelledby", "map-name");
    container.setAttribute("aria-describedby", "map-help");
    map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');

    map.attributionControl.addAttribution(document.getElementById("licence").innerHTML);

    function far() {
      container.classList.toggle("far", map.getZoom() < 11.5);
      container.classList.toggle("middle", map.getZoom() >= 11.5 && map.getZoom() < 13);
    }
    map.on("zoomend", far);

    var home = L.control({ position: "topleft" });
    home.onAdd = function () {
      var bar = L.DomUtil.create("div", "leaflet-bar");
      var link = L.DomUtil.create("a", "whole-city", bar);
      link.href = "#";
      link.setAttribute("role", "button");
      link.innerHTML = '<span aria-hidden="true">&#8962;</span>';
      L.DomEvent.disableClickPropagation(bar);
      L.DomEvent.on(link, "click", function (event) {
        L.DomEvent.preventDefault(event);
        map.fitBounds(bounds);
      });
      return bar;
    };
    home.addTo(map);
    map.fitBounds(view, { animate: false });
    far();

    if (layers.area) { layers.area.addTo(map); }

    var themes = Array.prototype.map.call(
      document.querySelectorAll("input[name=theme]"), function (input) { return input.value; }
    );
    function theme(name) {
      /* The zones stay, without colour: the table opens them. What goes with a theme begins with
         its name. */
      Object.keys(layers).forEach(function (id) {
        var own = themes.filter(function (one) { return id === one || id.indexOf(one + "-") === 0; });
        if (!own.length || id === "nil") { return; }
        layers[id][own.indexOf(name) >= 0 ? "addTo" : "removeFrom"](map);
      });
      if (layers.nil) {
        layers.nil.addTo(map);
        layers.nil.setStyle(function (feature) {
          return { fillOpacity: name === "nil" ? feature.properties.style.fillOpacity : 0 };
        });
      }
    }
    document.querySelectorAll("input[name=theme]").forEach(function (input) {
      input.addEventListener("change", function () { theme(input.value); });
      if (input.checked) { theme(input.value); }
    });
    document.querySelectorAll("input[data-layer]").forEach(function (input) {
      function show() {
        input.dataset.layer.split(" ").forEach(function (id) {
          layers[id][input.checked ? "addTo" : "removeFrom"](map);
        });
      }
      input.addEventListener("change", show);
      show();
    });

    keepFocus(map);
    var zones = {};
    if (layers.nil) {
      layers.nil.eachLayer(function (layer) { zones[layer.feature.properties.zone] = layer; });
    }
    document.querySelectorAll("button[data-zone]").forEach(function (button) {
      button.addEventListener("click", function () {
        var layer = zones[button.dataset.zone];
        if (!layer) { return; }
        container.scrollIntoView({ block: "nearest" });
        map.fitBounds(layer.getBounds(), { maxZoom: 14, animate: false });
        map.closePopup();
        opener = button;
        layer.openPopup();
      });
    });
    document.querySelectorAll("table.sortable").forEach(sortable);
    document.querySelectorAll("button[data-language]").forEach(function (button) {
      button.addEventListener("click", function () { speak(map, button.dataset.language); });
    });
    var asked = location.hash.slice(1);
    speak(map, asked === "it" || asked === "en" ? asked : document.documentElement.lang);
    if (window.matchMedia("(max-width: 50rem)").matches) {
      document.querySelector(".panel").open = false;
    }
    document.documentElement.dataset.ready = "true";
  }

  window.quartieri15 = { layer: layer, start: start };
})();
