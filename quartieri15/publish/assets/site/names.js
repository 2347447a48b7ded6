"use strict";
/* Names on the map: the more a name helps, the earlier it is placed; none stands on another. */
Q15.module("ground", function (app) {
  const FAMILY = '"Titillium Web", system-ui, sans-serif';
  const { kinds, text: texts, at } = app.data.ground.names;

  /* How names are written, in order of rank, and at which zooms. */
  const STYLES = {
    municipio: { font: "700 17px", from: 0, until: 13, colour: "--ink" },
    zone: { font: "small-caps 600 15px", from: 12, until: 16, colour: "--name", wrapped: true },
    zone_beyond: { font: "small-caps 400 14px", from: 12.5, until: 16, colour: "--name-street",
      wrapped: true },
    station: { font: "400 12.5px", from: 13.5, until: 99, colour: "--name", sign: "rails" },
    open_space: { font: "600 12.5px", from: 13, until: 99, colour: "--name-park", wrapped: true },
    metro: { font: "400 12.5px", from: 14.5, until: 99, colour: "--name", sign: "M" }
  };
  const STREETS = [
    { of: ["motorway", "trunk", "primary", "secondary"], font: "600 13px", from: 14 },
    { of: ["tertiary"], font: "400 13px", from: 15 },
    { of: ["residential", "unclassified", "living_street", "pedestrian", "road", "service"],
      font: "400 12.5px", from: 16 }
  ];
  const REPEAT_PX = 420;
  const SAME_PX = 260;
  /* The name of an area may stand beside its middle, the nearer the better. */
  const SHIFTS = [0, 14, -14, 28, -28, 42, -42, 56, -56]
    .flatMap((down) => [0, 20, -20, 40, -40].map((right) => [right, down]))
    .sort((a, b) => Math.hypot(...a) - Math.hypot(...b));
  const SHARPEST_TURN = 0.5;

  const fontOf = (style) => `${style.font} ${FAMILY}`;
  const heightOf = (style) => parseFloat(style.font.match(/([\d.]+)px/)[1]);

  /* What is taken already: boxes in pixels, found again by the square they lie in. */
  function Taken() {
    const SQUARE = 64;
    const squares = new Map();
    function each([w, n, e, s], visit) {
      for (let i = Math.floor(w / SQUARE); i <= Math.floor(e / SQUARE); i += 1) {
        for (let j = Math.floor(n / SQUARE); j <= Math.floor(s / SQUARE); j += 1) {
          visit(i * 4096 + j);
        }
      }
    }
    return {
      free(box) {
        let free = true;
        each(box, (key) => {
          free = free && !(squares.get(key) || []).some((other) => (
            other[0] < box[2] && other[2] > box[0] && other[1] < box[3] && other[3] > box[1]
          ));
        });
        return free;
      },
      take(box) {
        each(box, (key) => {
          if (!squares.has(key)) { squares.set(key, []); }
          squares.get(key).push(box);
        });
      }
    };
  }

  const widths = new Map();
  function widthOf(context, font, text) {
    const key = `${font} ${text}`;
    if (!widths.has(key)) {
      context.font = font;
      widths.set(key, context.measureText(text).width);
    }
    return widths.get(key);
  }

  function write(context, text, x, y, colour) {
    context.strokeText(text, x, y);
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }

  /* ---- Names of areas and points ---- */

  const order = Object.keys(STYLES);
  const names = texts.map((text, i) => ({
    text, kind: kinds[at.kind[i]], x: at.x[i], y: at.y[i], size: at.size[i]
  })).sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || b.size - a.size);

  /* The ways to write a name, the fullest first. Names of several quarters stand one above the
     other; where there is no room, the first. */
  function variantsOf(context, name, style, view) {
    const font = fontOf(style);
    const parts = style.wrapped ? name.text.split(" - ") : [name.text];
    const room = name.size / view.metresPerPixel * 1.25 + 20;
    const fits = (rows) => rows.length * heightOf(style) * 1.15 < room
      && rows.every((row) => widthOf(context, font, row) < room * 1.2);
    const first = parts.slice(0, 1);
    if (name.kind === "municipio") {
      /* Where there is no room for more, the number says which it is. */
      return ["Municipio", "Mun.", ""].map((word) => [name.text.replace("Municipio", word).trim()]);
    }
    if (name.kind === "zone") {
      return [parts, first].filter((rows) => fits(rows) || (rows === first && view.zoom >= 13.5));
    }
    if (name.kind === "zone_beyond") { return [first].filter(fits); }
    if (name.kind === "open_space") {
      return [parts].filter((rows) => name.size === 0 || view.zoom >= 16 || fits(rows));
    }
    return [parts];
  }

  function isShown(view, name, style) {
    if (view.zoom < style.from || view.zoom > style.until) { return false; }
    return name.kind !== "open_space" || name.size > 0 || view.zoom >= 15.5;
  }

  function placeName(context, view, taken, name) {
    const style = STYLES[name.kind];
    if (!isShown(view, name, style)) { return; }
    const [x, y] = [view.x(name.x), view.y(name.y)];
    if (x < -80 || y < -40 || x > view.width + 80 || y > view.height + 40) { return; }
    const font = fontOf(style);
    const height = heightOf(style) * 1.15;
    for (const rows of variantsOf(context, name, style, view)) {
      const [said] = rows;
      if (taken.near(said, x, y)) { return; }
      const wide = Math.max(...rows.map((row) => widthOf(context, font, row)));
      const below = style.sign ? 10 : -height * rows.length / 2;
      const boxAt = ([right, down]) => [
        x + right - wide / 2 - 4, y + down + (style.sign ? -9 : below - 2),
        x + right + wide / 2 + 4, y + down + below + height * rows.length + 2
      ];
      const room = Math.max(0, name.size / view.metresPerPixel / 2 - height * rows.length * 0.4);
      const shift = SHIFTS.find((by) => Math.hypot(...by) <= room && taken.free(boxAt(by)));
      if (!shift) { continue; }
      taken.take(boxAt(shift));
      taken.said(said, x, y);
      context.font = font;
      rows.forEach((row, i) => write(
        context, row, x + shift[0], y + shift[1] + below + height * (i + 0.5),
        app.colour(style.colour)
      ));
      if (style.sign) { sign(context, x, y, style.sign); }
      return;
    }
  }

  function sign(context, x, y, what) {
    context.strokeRect(x - 6.5, y - 6.5, 13, 13);
    context.fillStyle = app.colour("--sign");
    context.fillRect(x - 6.5, y - 6.5, 13, 13);
    context.fillStyle = app.colour("--paper");
    if (what === "rails") {
      /* Railways of more than one company: no letter is right for all. */
      context.fillRect(x - 4, y - 3, 8, 2);
      context.fillRect(x - 4, y + 1, 8, 2);
    } else {
      context.font = `700 10px ${FAMILY}`;
      context.fillText(what, x, y + 0.5);
    }
  }

  /* ---- Names of streets, along them ---- */

  function measured(points, text, style) {
    const along = [0];
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    points.forEach(([x, y], i) => {
      if (i) { along.push(along[i - 1] + Math.hypot(x - points[i - 1][0], y - points[i - 1][1])); }
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    });
    return { points, along, box, text, style, length: along[along.length - 1] };
  }

  /* Of all streets when they are first asked for: most views never show a name of them. */
  let named = null;
  function namedStreets() {
    if (named) { return named; }
    const styleOf = app.streets.kinds.map(({ highway, tunnel }) => (
      tunnel ? -1 : STREETS.findIndex((style) => style.of.includes(highway.replace(/_link$/, "")))
    ));
    const groups = new Map();
    app.streets.kind.forEach((kind, edge) => {
      const name = app.streets.name[edge];
      if (name < 0 || styleOf[kind] < 0) { return; }
      const key = name * STREETS.length + styleOf[kind];
      if (!groups.has(key)) { groups.set(key, []); }
      groups.get(key).push(edge);
    });
    named = [...groups].flatMap(([key, edges]) => {
      const style = STREETS[key % STREETS.length];
      const text = app.streets.names[Math.floor(key / STREETS.length)];
      return app.streets.chains(edges).map((points) => measured(points, text, style));
    }).sort((a, b) => STREETS.indexOf(a.style) - STREETS.indexOf(b.style) || b.length - a.length);
    return named;
  }

  /* Where a line is after so many metres, and which way it goes. */
  function pointAt(street, metres) {
    const { along, points } = street;
    let low = 0;
    let high = along.length - 1;
    while (high - low > 1) {
      const half = (low + high) >> 1;
      if (along[half] <= metres) { low = half; } else { high = half; }
    }
    const [ax, ay] = points[low];
    const [bx, by] = points[high];
    const part = (metres - along[low]) / (along[high] - along[low] || 1);
    return { x: ax + (bx - ax) * part, y: ay + (by - ay) * part,
      angle: Math.atan2(by - ay, bx - ax) };
  }

  /* Letters one by one along the line, or the whole where it is straight, which is drawn evenly;
     null where it bends too sharply to be read. */
  function lettersOf(context, view, street, middle) {
    const font = fontOf(street.style);
    const { text } = street;
    const half = widthOf(context, font, text) * view.metresPerPixel / 2;
    const first = pointAt(street, middle - half);
    const last = pointAt(street, middle + half);
    const backward = last.x < first.x;
    const letters = [];
    let before = null;
    let done = 0;
    for (const letter of text) {
      const wide = widthOf(context, font, letter) * view.metresPerPixel;
      const offset = -half + done + wide / 2;
      const point = pointAt(street, middle + (backward ? -offset : offset));
      const angle = backward ? point.angle + Math.PI : point.angle;
      if (before !== null) {
        const turn = Math.abs(Math.atan2(Math.sin(angle - before), Math.cos(angle - before)));
        if (turn > SHARPEST_TURN) { return null; }
      }
      letters.push({ letter, x: view.x(point.x), y: view.y(point.y), angle: -angle });
      before = angle;
      done += wide;
    }
    return letters;
  }

  function isStraight(letters) {
    const [a, b] = [letters[0], letters[letters.length - 1]];
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const length = Math.hypot(dx, dy) || 1;
    return letters.every(({ x, y }) => Math.abs((x - a.x) * dy - (y - a.y) * dx) / length < 1.5);
  }

  function placeStreet(context, view, taken, street) {
    const wide = widthOf(context, fontOf(street.style), street.text);
    const pixels = street.length / view.metresPerPixel;
    if (pixels < wide + 12) { return; }
    const height = heightOf(street.style);
    const times = Math.max(1, Math.floor(pixels / REPEAT_PX));
    for (let i = 0; i < times; i += 1) {
      for (const shift of [0.5, 0.35, 0.65, 0.2, 0.8]) {
        const middle = (i + shift) / times * street.length;
        const room = wide / 2 * view.metresPerPixel;
        if (middle < room || middle > street.length - room) { continue; }
        const { x, y } = pointAt(street, middle);
        const [px, py] = [view.x(x), view.y(y)];
        if (px < 0 || py < 0 || px > view.width || py > view.height) { continue; }
        if (taken.near(street.text, px, py)) { break; }
        const letters = lettersOf(context, view, street, middle);
        if (!letters) { continue; }
        const boxes = letters.map((one) => [one.x - height / 2, one.y - height / 2,
          one.x + height / 2, one.y + height / 2]);
        if (!boxes.every(taken.free)) { continue; }
        boxes.forEach(taken.take);
        taken.said(street.text, px, py);
        writeAlong(context, isStraight(letters) ? whole(street.text, letters) : letters,
          fontOf(street.style));
        break;
      }
    }
  }

  function whole(text, letters) {
    const [a, b] = [letters[0], letters[letters.length - 1]];
    const angle = letters.length > 1 ? Math.atan2(b.y - a.y, b.x - a.x) : a.angle;
    return [{ letter: text, x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, angle }];
  }

  function writeAlong(context, letters, font) {
    context.font = font;
    const each = (act) => letters.forEach(({ letter, x, y, angle }) => {
      context.save();
      context.translate(x, y);
      context.rotate(angle);
      act(letter);
      context.restore();
    });
    /* All halos first: that of a letter must not cover the letter before. */
    each((letter) => context.strokeText(letter, 0, 0));
    context.fillStyle = app.colour("--name-street");
    each((letter) => context.fillText(letter, 0, 0));
  }

  function drawStreetNames(context, view, taken) {
    if (!app.streets || view.zoom < STREETS[0].from) { return; }
    const [w, s, e, n] = view.bounds;
    namedStreets().forEach((street) => {
      const [west, south, east, north] = street.box;
      if (view.zoom < street.style.from) { return; }
      if (east >= w && west <= e && north >= s && south <= n) {
        placeStreet(context, view, taken, street);
      }
    });
  }

  /* The same name again only at some distance. */
  function Said() {
    const places = new Map();
    return {
      near: (text, x, y) => (places.get(text) || [])
        .some(([ox, oy]) => Math.hypot(ox - x, oy - y) < SAME_PX),
      said(text, x, y) {
        if (!places.has(text)) { places.set(text, []); }
        places.get(text).push([x, y]);
      }
    };
  }

  function keepClearOfPlaces(view, taken) {
    if (!app.places) { return; }
    const half = 15 * app.places.symbolSize();
    app.places.drawn().forEach(({ x, y }) => {
      const [px, py] = [view.x(x), view.y(y)];
      taken.take([px - half, py - half, px + half, py + half]);
    });
  }

  app.paint("names", {
    pane: "names",
    draw(context, view) {
      const taken = { ...Taken(), ...Said() };
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineJoin = "round";
      context.lineWidth = 3;
      context.strokeStyle = app.colour("--halo");
      keepClearOfPlaces(view, taken);
      names.forEach((name) => placeName(context, view, taken, name));
      drawStreetNames(context, view, taken);
    }
  });

  /* Letters are read from the page a moment later than the script. */
  if (document.fonts) {
    Promise.all(["400", "600", "700"].map((weight) => (
      document.fonts.load(`${weight} 13px "Titillium Web"`)
    ))).then(() => {
      widths.clear();
      app.repaint("names");
    });
  }
});
