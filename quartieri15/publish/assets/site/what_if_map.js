"use strict";
/* A trial on the map: houses to drag or to move by keys, and where people are gained and lost. */
Q15.whatIfMap = function (app, { trial, people }) {
  const { say } = app;
  const { isNew, nameOf, move } = trial;
  const markers = new Map();

  function picture(edit) {
    if (edit.closed) {
      return app.svg("svg", { viewBox: "0 0 44 44", "aria-hidden": "true" },
        app.svg("path", { d: "M11 11 33 33M33 11 11 33", class: "under" }),
        app.svg("path", { d: "M11 11 33 33M33 11 11 33" }));
    }
    return app.svg("svg", { viewBox: "0 0 44 44", "aria-hidden": "true" },
      app.svg("path", { d: "M22 7 37 20.5h-3V36H10V20.5H7z", class: "body" }),
      app.svg("path", { d: isNew(edit.id) ? "M22 20v11M16.5 25.5h11" : "M15.5 26h13M24 21l5 5-5 5", class: "sign", fill: "none" }));
  }

  function markerOf(edit) {
    const marker = L.marker([0, 0], {
      icon: L.divIcon({
        className: edit.closed ? "closed-house" : "tried-house", iconSize: [44, 44],
        iconAnchor: edit.closed ? [22, 22] : [22, 36]
      }),
      draggable: !edit.closed, keyboard: false, interactive: !edit.closed, zIndexOffset: 1000
    });
    if (edit.closed) { return marker; }
    let waiting = null;
    marker.on("dragstart", trial.remember);
    marker.on("drag", function () {
      waiting = waiting || requestAnimationFrame(function () {
        waiting = null;
        const { lng, lat } = marker.getLatLng();
        move(edit.id, lng, lat, { undoable: false });
      });
    });
    return marker;
  }

  const STEP_PX = 12;
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

  function keyed(id, event) {
    const step = STEPS[event.key];
    if (event.key === "Delete" || event.key === "Backspace") {
      trial.drop(id);
      document.getElementById("what-if-tap").focus();
    } else if (step) {
      const { x, y } = trial.edits().find((edit) => edit.id === id);
      const far = app.metresPerPixel() * STEP_PX * (event.shiftKey ? 5 : 1);
      move(id, x + step[0] * far, y + step[1] * far, { undoable: !event.repeat });
      app.map.panInside(app.latlng(x, y), { padding: [60, 60], animate: false });
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function drawMarkers() {
    const wanted = new Map(trial.edits().map((edit) => [`${edit.id} ${Boolean(edit.closed)}`, edit]));
    markers.forEach((marker, key) => {
      if (!wanted.has(key)) {
        marker.remove();
        markers.delete(key);
      }
    });
    wanted.forEach((edit, key) => {
      const at = edit.closed ? app.travel.shipped().find(({ id }) => id === edit.id) : edit;
      if (!markers.has(key)) {
        const marker = markerOf(edit);
        marker.setLatLng(app.latlng(at.x, at.y)).addTo(app.map);
        const holder = marker.getElement();
        holder.replaceChildren(picture(edit));
        if (!edit.closed) {
          holder.tabIndex = 0;
          holder.setAttribute("role", "button");
          holder.addEventListener("keydown", (event) => keyed(edit.id, event));
        }
        markers.set(key, marker);
      }
      const marker = markers.get(key);
      if (!marker.dragging || !marker.dragging.moved || !marker.dragging.moved()) {
        marker.setLatLng(app.latlng(at.x, at.y));
      }
      if (!edit.closed) {
        marker.getElement().setAttribute("aria-label", say("what_if.marker", { house: nameOf(edit.id) }));
        marker.getElement().title = say("what_if.marker", { house: nameOf(edit.id) });
      }
    });
  }

  function focusMarker(id) {
    const marker = markers.get(`${id} false`);
    if (!marker) { return; }
    app.map.panInside(marker.getLatLng(), { padding: [80, 80], animate: false });
    marker.getElement().focus({ preventScroll: true });
    app.map.getContainer().scrollIntoView({ block: "nearest" });
  }

  app.paint("what_if", {
    pane: "lines",
    draw(context, view) {
      if (!people.result() || !trial.isTried()) { return; }
      drawMoves(context, view);
      const group = app.group();
      const [west, south, east, north] = view.bounds;
      for (let cell = 0; cell < app.cells.length; cell += 1) {
        const now = people.turn(cell);
        if (now === 0) { continue; }
        const x = app.cells.x[cell];
        const y = app.cells.y[cell];
        const count = app.cells.count(group, cell);
        if (!count || x < west || x > east || y < south || y > north) { continue; }
        dot(context, view, x, y, count, now > 0);
      }
    }
  });

  /* As large as the people are many; what is gained has a plus, what is lost a minus. */
  function dot(context, view, x, y, count, gained) {
    const radius = Math.max(4, Math.min(26, 4 * Math.sqrt(count) / view.metresPerPixel));
    const [left, top] = [view.x(x), view.y(y)];
    context.beginPath();
    context.arc(left, top, radius, 0, 2 * Math.PI);
    context.fillStyle = app.colour(gained ? "--gain" : "--lose");
    context.strokeStyle = "#fff";
    context.lineWidth = 1.5;
    context.fill();
    context.stroke();
    if (radius < 5) { return; }
    const arm = radius * 0.5;
    context.beginPath();
    context.moveTo(left - arm, top);
    context.lineTo(left + arm, top);
    if (gained) {
      context.moveTo(left, top - arm);
      context.lineTo(left, top + arm);
    }
    context.lineWidth = 2;
    context.stroke();
  }

  function drawMoves(context, view) {
    trial.edits().filter((edit) => !edit.closed && !isNew(edit.id)).forEach((edit) => {
      const from = app.travel.shipped().find(({ id }) => id === edit.id);
      [["#fff", 5, []], [app.colour("--selection"), 2.5, [7, 5]]].forEach(([colour, width, dash]) => {
        context.beginPath();
        context.moveTo(view.x(from.x), view.y(from.y));
        context.lineTo(view.x(edit.x), view.y(edit.y));
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.setLineDash(dash);
        context.stroke();
        context.setLineDash([]);
      });
    });
  }

  return { draw: drawMarkers, focus: focusMarker };
};
