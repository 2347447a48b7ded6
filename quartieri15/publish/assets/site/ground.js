"use strict";
/* The ground of the map: open spaces, buildings, railways, streets and borders. */
Q15.module("ground", function (app) {
  const { unit, areas, lines, here } = app.data.ground;
  const [west, south, east, north] = app.page.bounds;
  /* A browser draws in numbers of 24 bits: what it is given counts from the middle of the page. */
  const middle = { x: Math.round((west + east) / 2), y: Math.round((south + north) / 2) };
  const CELL_M = 600;

  /* Shapes cut into cells, so that only those in sight are drawn. */
  function Cells() {
    const cells = new Map();
    return {
      /* The cell that holds all shapes that begin near a point. */
      at(x, y) {
        const key = `${Math.floor(x / CELL_M)} ${Math.floor(y / CELL_M)}`;
        let cell = cells.get(key);
        if (!cell) {
          cell = { path: new Path2D(), west: x, east: x, south: y, north: y };
          cells.set(key, cell);
        }
        return cell;
      },
      draw(context, view, how) {
        const [w, s, e, n] = view.bounds;
        cells.forEach((cell) => {
          const inSight = cell.east >= w && cell.west <= e && cell.north >= s && cell.south <= n;
          if (inSight) { how(context, cell.path); }
        });
      }
    };
  }

  function step(cell, x, y, first) {
    cell.west = Math.min(cell.west, x);
    cell.east = Math.max(cell.east, x);
    cell.south = Math.min(cell.south, y);
    cell.north = Math.max(cell.north, y);
    if (first) {
      cell.path.moveTo(x - middle.x, y - middle.y);
    } else {
      cell.path.lineTo(x - middle.x, y - middle.y);
    }
  }

  function turnsLeft({ x, y }, first, corners) {
    let area = 0;
    for (let i = first, before = first + corners - 1; i < first + corners; before = i, i += 1) {
      area += (x[before] - x[first]) * (y[i] - y[first]) - (x[i] - x[first]) * (y[before] - y[first]);
    }
    return area > 0;
  }

  function cellsOf(shapes, closed) {
    const cells = Cells();
    if (!shapes) { return cells; }
    let corner = 0;
    let cell = null;
    shapes.corners.forEach((corners) => {
      /* A hole stays with what it is a hole of: the ring before. */
      if (!cell || !closed || turnsLeft(shapes, corner, corners)) {
        cell = cells.at(shapes.x[corner] * unit, shapes.y[corner] * unit);
      }
      for (let i = 0; i < corners; i += 1) {
        step(cell, shapes.x[corner] * unit, shapes.y[corner] * unit, i === 0);
        corner += 1;
      }
      if (closed) { cell.path.closePath(); }
    });
    return cells;
  }

  const filled = new Map(
    ["countryside", "park", "cemetery", "sports_ground", "playground", "building"]
      .map((kind) => [kind, cellsOf(areas[kind], true)])
  );
  const [railways, zones, municipi] = ["railway", "zones", "municipi"]
    .map((kind) => cellsOf(lines[kind], false));

  /* Streets by rank: metres wide, at least so many pixels, from which zoom, and from which with a
     casing: before, a line in its colour is all there is room for. */
  const [MAIN, MINOR] = ["--casing-main", "--casing"];
  const RANKS = [
    { of: ["motorway", "trunk"], metres: 18, least: 1.6, from: 0, cased: 11, colour: MAIN },
    { of: ["primary"], metres: 16, least: 1.6, from: 0, cased: 11, colour: MAIN },
    { of: ["secondary"], metres: 13, least: 1.3, from: 11, cased: 12.5, colour: MAIN },
    { of: ["tertiary"], metres: 11, least: 1, from: 12, cased: 13.5, colour: MAIN },
    { of: ["residential", "unclassified", "living_street", "road"], metres: 8, least: 0.8,
      from: 13, cased: 14.5, colour: MINOR },
    { of: ["pedestrian"], metres: 6, least: 0.8, from: 14.5, cased: 14.5, colour: MINOR },
    { of: ["service"], metres: 4, least: 0.6, from: 15.5, cased: 16.5, colour: MINOR },
    { of: ["footway", "path", "cycleway", "track", "bridleway", "steps", "corridor"],
      from: 16.5, dashed: true, colour: "--way" }
  ];
  const rankOf = (highway) => RANKS.findIndex(
    (rank) => rank.of.includes(highway.replace(/_link$/, ""))
  );

  function edgesByRank() {
    const edges = RANKS.map(() => []);
    if (!app.streets) { return edges; }
    const ranks = app.streets.kinds.map(({ highway, tunnel }) => (tunnel ? -1 : rankOf(highway)));
    app.streets.kind.forEach((kind, edge) => {
      if (ranks[kind] >= 0) { edges[ranks[kind]].push(edge); }
    });
    return edges;
  }

  function cellsOfEdges(edges, metres) {
    const cells = Cells();
    app.streets.chains(edges).forEach((chain) => {
      const points = app.streets.simplified(chain, metres);
      const cell = cells.at(...points[0]);
      points.forEach(([x, y], i) => step(cell, x, y, i === 0));
    });
    return cells;
  }

  const once = (make) => {
    let made = null;
    return () => {
      made = made || make();
      return made;
    };
  };

  /* Corners that nobody sees take most of the time: from afar lines have fewer. */
  const NEAR = 15.5;
  const streets = edgesByRank().map((edges) => ({
    near: once(() => cellsOfEdges(edges, 0.4)), far: once(() => cellsOfEdges(edges, 2))
  }));

  /* Draws in metres: the transformation of the canvas does the rest. */
  function inMetres(context, view, draw) {
    const scale = view.ratio / view.metresPerPixel;
    context.save();
    context.setTransform(
      scale, 0, 0, -scale,
      (middle.x - view.bounds[0]) * scale, (view.bounds[3] - middle.y) * scale
    );
    draw();
    context.restore();
  }

  function fill(context, view, cells, colour) {
    context.fillStyle = app.colour(colour);
    cells.draw(context, view, (own, path) => own.fill(path));
  }

  /* Round ends and corners take most of the time, and are seen on wide lines only. */
  function stroke(context, view, cells, { colour, pixels, dashes = [] }) {
    const round = pixels > 3 && !dashes.length;
    context.strokeStyle = app.colour(colour);
    context.lineWidth = pixels * view.metresPerPixel;
    context.lineCap = round ? "round" : "butt";
    context.lineJoin = round ? "round" : "bevel";
    context.setLineDash(dashes.map((length) => length * view.metresPerPixel));
    cells.draw(context, view, (own, path) => own.stroke(path));
    context.setLineDash([]);
  }

  const pixelsOf = (rank, view) => Math.max(rank.least, rank.metres / view.metresPerPixel);

  function drawStreets(context, view) {
    const shown = RANKS.map((rank, i) => ({ rank, own: streets[i] }))
      .filter(({ rank }) => view.zoom >= rank.from).reverse()
      .map(({ rank, own }) => ({ rank, cells: view.zoom < NEAR ? own.far() : own.near() }));
    shown.forEach(({ rank, cells }) => {
      if (rank.dashed) {
        stroke(context, view, cells, { colour: rank.colour, pixels: 1, dashes: [3, 2] });
      } else {
        const casing = view.zoom >= rank.cased ? 1.6 : 0;
        stroke(context, view, cells,
          { colour: rank.colour, pixels: pixelsOf(rank, view) + casing });
      }
    });
    shown.filter(({ rank }) => view.zoom >= rank.cased).forEach(({ rank, cells }) => {
      stroke(context, view, cells, { colour: "--street", pixels: pixelsOf(rank, view) });
    });
  }

  function drawRailways(context, view) {
    if (view.zoom < 11.5) { return; }
    const wide = view.zoom >= 15 ? 2.4 : 1.4;
    stroke(context, view, railways, { colour: "--railway", pixels: wide });
    stroke(context, view, railways,
      { colour: "--land", pixels: wide - 0.9, dashes: [wide * 2.5, wide * 2.5] });
  }

  app.paint("ground", {
    pane: "ground",
    draw(context, view) {
      context.fillStyle = app.colour("--land");
      context.fillRect(0, 0, view.width, view.height);
      inMetres(context, view, () => {
        fill(context, view, filled.get("countryside"), "--countryside");
        fill(context, view, filled.get("park"), "--park");
        fill(context, view, filled.get("cemetery"), "--cemetery");
        if (view.zoom >= 13) {
          fill(context, view, filled.get("sports_ground"), "--sports");
          fill(context, view, filled.get("playground"), "--sports");
        }
        if (view.zoom >= 15.5) { fill(context, view, filled.get("building"), "--building"); }
        drawRailways(context, view);
        drawStreets(context, view);
      });
    }
  });

  /* What lies outside the page is paler; borders stand above what the themes colour. */
  const outline = new Path2D();
  let corner = 0;
  here.corners.forEach((corners) => {
    for (let i = 0; i < corners; i += 1) {
      const x = here.x[corner] * unit - middle.x;
      const y = here.y[corner] * unit - middle.y;
      if (i) { outline.lineTo(x, y); } else { outline.moveTo(x, y); }
      corner += 1;
    }
    outline.closePath();
  });

  function veil(context, view) {
    const [w, s, e, n] = view.bounds;
    const around = new Path2D();
    around.rect(w - middle.x, s - middle.y, e - w, n - s);
    around.addPath(outline);
    context.globalAlpha = 0.55;
    context.fillStyle = app.colour("--outside");
    context.fill(around, "evenodd");
    context.globalAlpha = 1;
  }

  app.paint("borders", {
    pane: "lines",
    draw(context, view) {
      inMetres(context, view, () => {
        veil(context, view);
        if (view.zoom >= 12) {
          stroke(context, view, zones, { colour: "--border", pixels: 0.8, dashes: [3, 3] });
        }
        stroke(context, view, municipi, { colour: "--border", pixels: 1.4 });
        context.strokeStyle = app.colour("--border");
        context.lineWidth = 2.4 * view.metresPerPixel;
        context.stroke(outline);
      });
    }
  });
});
