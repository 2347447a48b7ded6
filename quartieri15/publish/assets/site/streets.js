"use strict";
/* The streets of the page: lines, names and classes, and the nearest street of a point. The rules
   are those of the library (reach/snapping.py), in whole millimetres and centimetres. */
Q15.module("streets", function (app) {
  const told = app.data.streets;
  const { lines } = told;
  const [cornerX, cornerY] = told.corner;

  function metres(values, corner) {
    const found = new Float64Array(values.length);
    for (let i = 0; i < values.length; i += 1) { found[i] = (values[i] + corner) / 100; }
    return found;
  }

  /* All corners of all lines, u and v of each included, and the length on the ground. */
  function drawn() {
    const edges = lines.u.length;
    const start = new Int32Array(edges + 1);
    for (let e = 0; e < edges; e += 1) { start[e + 1] = start[e] + lines.bends[e] + 2; }
    const x = new Int32Array(start[edges]);
    const y = new Int32Array(start[edges]);
    const edgeAt = new Int32Array(start[edges]);
    const v = new Int32Array(edges);
    const lengthMm = new Int32Array(edges);
    const scale = 10 * told.ground_scale;
    let bend = 0;
    for (let e = 0; e < edges; e += 1) {
      v[e] = lines.u[e] + lines.v[e];
      let corner = start[e];
      x[corner] = lines.x[lines.u[e]];
      y[corner] = lines.y[lines.u[e]];
      edgeAt[corner] = e;
      let length = lines.longer_mm[e];
      for (corner += 1; corner < start[e + 1]; corner += 1) {
        edgeAt[corner] = e;
        if (corner === start[e + 1] - 1) {
          x[corner] = lines.x[v[e]];
          y[corner] = lines.y[v[e]];
        } else {
          x[corner] = x[corner - 1] + lines.bend_x[bend] - (bend ? lines.bend_x[bend - 1] : 0);
          y[corner] = y[corner - 1] + lines.bend_y[bend] - (bend ? lines.bend_y[bend - 1] : 0);
          bend += 1;
        }
        const dx = x[corner] - x[corner - 1];
        const dy = y[corner] - y[corner - 1];
        length += Math.floor(Math.sqrt(dx * dx + dy * dy) * scale + 0.5);
      }
      lengthMm[e] = length;
    }
    return { start, x, y, edgeAt, v, lengthMm };
  }

  const all = drawn();
  const streets = {
    x: metres(lines.x, cornerX),
    y: metres(lines.y, cornerY),
    u: lines.u,
    v: all.v,
    length_mm: all.lengthMm,
    use: lines.use,
    kind: lines.kind,
    /* Class of road, and whether in a tunnel. */
    kinds: told.kinds.map(([highway, tunnel]) => ({ highway, tunnel })),
    /* Position among the names, -1 for none. */
    name: lines.name,
    names: told.names,
    /* The line of edge e: corners start[e] to start[e + 1] - 1, from u to v. */
    shapes: { start: all.start, x: metres(all.x, cornerX), y: metres(all.y, cornerY) }
  };
  app.streets = streets;
  const { shapes } = streets;

  /* Where a position on an edge is on the map, and the corner before it. */
  function placed(edge, atMm) {
    const first = shapes.start[edge];
    const last = shapes.start[edge + 1] - 1;
    if (atMm <= 0) { return { x: shapes.x[first], y: shapes.y[first], corner: first }; }
    if (atMm >= streets.length_mm[edge]) {
      return { x: shapes.x[last], y: shapes.y[last], corner: last };
    }
    let left = atMm / streets.length_mm[edge] * lengthUpTo(edge, last);
    for (let i = first; i < last; i += 1) {
      const dx = shapes.x[i + 1] - shapes.x[i];
      const dy = shapes.y[i + 1] - shapes.y[i];
      const step = Math.sqrt(dx * dx + dy * dy);
      if (left <= step || i === last - 1) {
        const t = step > 0 ? Math.min(1, left / step) : 0;
        return { x: shapes.x[i] + t * dx, y: shapes.y[i] + t * dy, corner: i };
      }
      left -= step;
    }
    return { x: shapes.x[last], y: shapes.y[last], corner: last };
  }

  function lengthUpTo(edge, corner) {
    let length = 0;
    for (let i = shapes.start[edge]; i < corner; i += 1) {
      const dx = shapes.x[i + 1] - shapes.x[i];
      const dy = shapes.y[i + 1] - shapes.y[i];
      length += Math.sqrt(dx * dx + dy * dy);
    }
    return length;
  }

  /* The points of an edge between two positions, in the order of travel. */
  streets.part = function (edge, fromMm, toMm) {
    const low = placed(edge, Math.min(fromMm, toMm));
    const high = placed(edge, Math.max(fromMm, toMm));
    const points = [[low.x, low.y]];
    for (let i = low.corner + 1; i <= high.corner; i += 1) {
      points.push([shapes.x[i], shapes.y[i]]);
    }
    points.push([high.x, high.y]);
    return fromMm <= toMm ? points : points.reverse();
  };

  /* Straight pieces by square cells: pieces[cell[c]] to pieces[cell[c + 1] - 1] touch cell c. */
  function gridOf(count, box, west, south, east, north, size) {
    const columns = Math.floor((east - west) / size) + 1;
    const rows = Math.floor((north - south) / size) + 1;
    const cell = new Int32Array(columns * rows + 1);
    function visit(put) {
      for (let i = 0; i < count; i += 1) {
        const sides = box(i);
        if (!sides) { continue; }
        const first = Math.max(0, Math.floor((sides[0] - west) / size));
        const last = Math.min(columns - 1, Math.floor((sides[2] - west) / size));
        const low = Math.max(0, Math.floor((sides[1] - south) / size));
        const high = Math.min(rows - 1, Math.floor((sides[3] - south) / size));
        for (let row = low; row <= high; row += 1) {
          for (let column = first; column <= last; column += 1) { put(row * columns + column, i); }
        }
      }
    }
    visit((at) => { cell[at + 1] += 1; });
    for (let c = 0; c < columns * rows; c += 1) { cell[c + 1] += cell[c]; }
    const piece = new Int32Array(cell[columns * rows]);
    const filled = cell.slice();
    visit((at, i) => {
      piece[filled[at]] = i;
      filled[at] += 1;
    });
    return { west, south, size, columns, rows, cell, piece };
  }

  const sides = [0, 0, 0, 0];
  function sidesOf(x, y, i, j) {
    sides[0] = Math.min(x[i], x[j]);
    sides[1] = Math.min(y[i], y[j]);
    sides[2] = Math.max(x[i], x[j]);
    sides[3] = Math.max(y[i], y[j]);
    return sides;
  }

  function extent(x, y) {
    const found = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < x.length; i += 1) {
      found[0] = Math.min(found[0], x[i]);
      found[1] = Math.min(found[1], y[i]);
      found[2] = Math.max(found[2], x[i]);
      found[3] = Math.max(found[3], y[i]);
    }
    return found;
  }

  /* Made when a point is first asked for. */
  let pieces = null;
  function streetGrid() {
    if (!pieces) {
      const { x, y } = shapes;
      const box = extent(x, y);
      const even = Math.sqrt(2 * (box[2] - box[0]) * (box[3] - box[1]) / x.length);
      const own = (i) => (
        i + 1 < x.length && all.edgeAt[i] === all.edgeAt[i + 1] ? sidesOf(x, y, i, i + 1) : null
      );
      pieces = gridOf(x.length, own, ...box, Math.max(1, even));
    }
    return pieces;
  }

  const HAIR_M = 1e-6;
  const walls = (function () {
    const x = metres(told.barriers.x, cornerX);
    const y = metres(told.barriers.y, cornerY);
    const goesOn = new Uint8Array(x.length);
    let corner = 0;
    told.barriers.corners.forEach((count) => {
      goesOn.fill(1, corner, corner + count - 1);
      corner += count;
    });
    return { x, y, goesOn };
  })();
  let wallGrid = null;
  function barrierGrid() {
    const { x, y, goesOn } = walls;
    wallGrid = wallGrid || gridOf(
      x.length, (i) => (goesOn[i] ? sidesOf(x, y, i, i + 1) : null), ...extent(x, y), 100
    );
    return wallGrid;
  }

  /* Where on the way from a to b (0 to 1) a straight barrier lies; -1 for nowhere. An end of the
     way on the line of the barrier is on neither side of it. */
  function crossed(wall, ax, ay, bX, bY) {
    const cx = walls.x[wall] - ax;
    const cy = walls.y[wall] - ay;
    const dx = walls.x[wall + 1] - ax;
    const dy = walls.y[wall + 1] - ay;
    const bx = bX - ax;
    const by = bY - ay;
    const way = Math.sqrt(bx * bx + by * by);
    const length = Math.sqrt((dx - cx) ** 2 + (dy - cy) ** 2);
    if (way === 0 || length === 0) { return -1; }
    const one = (bx * cy - by * cx) / way;
    const two = (bx * dy - by * dx) / way;
    if ((one > HAIR_M && two > HAIR_M) || (one < -HAIR_M && two < -HAIR_M)) { return -1; }
    const start = (cx * dy - cy * dx) / length;
    const stop = ((cx - bx) * (dy - by) - (cy - by) * (dx - bx)) / length;
    if ((start > HAIR_M && stop < -HAIR_M) || (start < -HAIR_M && stop > HAIR_M)) {
      return start / (start - stop);
    }
    return -1;
  }

  /* Where barriers cross the way from a to b. */
  function crossings(ax, ay, bx, by) {
    if (!walls.x.length) { return []; }
    const grid = barrierGrid();
    const { west, south, size, columns, rows } = grid;
    const first = Math.max(0, Math.floor((Math.min(ax, bx) - west - HAIR_M) / size));
    const last = Math.min(columns - 1, Math.floor((Math.max(ax, bx) - west + HAIR_M) / size));
    const low = Math.max(0, Math.floor((Math.min(ay, by) - south - HAIR_M) / size));
    const high = Math.min(rows - 1, Math.floor((Math.max(ay, by) - south + HAIR_M) / size));
    const found = [];
    for (let row = low; row <= high; row += 1) {
      for (let column = first; column <= last; column += 1) {
        const at = row * columns + column;
        for (let j = grid.cell[at]; j < grid.cell[at + 1]; j += 1) {
          const t = crossed(grid.piece[j], ax, ay, bx, by);
          if (t >= 0) { found.push(t); }
        }
      }
    }
    return found;
  }

  /* The nearest place on a straight piece, between two parts of it. */
  function nearestOn(i, low, high, x, y) {
    const dx = shapes.x[i + 1] - shapes.x[i];
    const dy = shapes.y[i + 1] - shapes.y[i];
    const length = dx * dx + dy * dy;
    let t = length > 0 ? ((x - shapes.x[i]) * dx + (y - shapes.y[i]) * dy) / length : 0;
    t = Math.min(high, Math.max(low, t));
    /* The ends exactly: streets that share a junction then tie there. */
    const px = t >= 1 ? shapes.x[i + 1] : shapes.x[i] + t * dx;
    const py = t >= 1 ? shapes.y[i + 1] : shapes.y[i] + t * dy;
    return { piece: i, t, x: px, y: py, square: (x - px) * (x - px) + (y - py) * (y - py) };
  }

  /* The same on this side of all barriers: a piece that one crosses is cut there. */
  function nearestFree(i, x, y) {
    const ends = [shapes.x[i], shapes.y[i], shapes.x[i + 1], shapes.y[i + 1]];
    const cuts = [0, ...crossings(...ends).sort((a, b) => a - b), 1];
    let best = null;
    for (let c = 0; c + 1 < cuts.length; c += 1) {
      const found = nearestOn(i, cuts[c], cuts[c + 1], x, y);
      if ((!best || found.square < best.square) && !crossings(x, y, found.x, found.y).length) {
        best = found;
      }
    }
    return best;
  }

  /* The nearest place on the edges that are wanted; of edges equally near the first. */
  function search(x, y, wanted, farthest, free) {
    const grid = streetGrid();
    const { west, south, size, columns, rows } = grid;
    const column = Math.floor((x - west) / size);
    const row = Math.floor((y - south) / size);
    const margin = Math.min(
      x - west - column * size, y - south - row * size,
      (column + 1) * size - (x - west), (row + 1) * size - (y - south)
    );
    let best = null;
    function look(at) {
      for (let j = grid.cell[at]; j < grid.cell[at + 1]; j += 1) {
        const i = grid.piece[j];
        const edge = all.edgeAt[i];
        if (!wanted(edge)) { continue; }
        let found = nearestOn(i, 0, 1, x, y);
        if (best && (found.square > best.square
          || (found.square === best.square && edge >= all.edgeAt[best.piece]))) { continue; }
        if (free) { found = nearestFree(i, x, y); }
        if (found && found.square <= farthest * farthest
          && (!best || found.square < best.square
            || (found.square === best.square && edge < all.edgeAt[best.piece]))) { best = found; }
      }
    }
    for (let ring = 0; ; ring += 1) {
      for (let r = Math.max(0, row - ring); r <= Math.min(rows - 1, row + ring); r += 1) {
        const stride = Math.abs(r - row) === ring ? 1 : Math.max(1, 2 * ring);
        for (let c = column - ring; c <= column + ring; c += stride) {
          if (c >= 0 && c < columns) { look(r * columns + c); }
        }
      }
      const seen = Math.max(0, ring * size + margin);
      if ((best && best.square < seen * seen) || seen > farthest) { return best; }
    }
  }

  const MAX_DISTANCE_M = 2000;
  const BARRIER_DETOUR_M = 100;

  /* The spot of a point for those who weigh the streets alike; null where no street is near.
     A traveller is put on the main part of the network if any of it is near, and on this side of
     a railway or a canal if a street there is no more than 100 m farther. */
  streets.snap = function (x, y, weighting, role) {
    const tied = role === "end" ? weighting.enters_main : weighting.leaves_main;
    const { use } = streets;
    const usable = (edge) => told.frontage[use[edge]]
      && (weighting.forward[use[edge]] !== null || weighting.backward[use[edge]] !== null);
    const isMain = (edge) => tied[use[edge]] === 1 && usable(edge);
    const isOther = (edge) => tied[use[edge]] !== 1 && usable(edge);
    let wanted = isMain;
    let best = search(x, y, wanted, MAX_DISTANCE_M + HAIR_M, false);
    if (!best) {
      wanted = isOther;
      best = search(x, y, wanted, MAX_DISTANCE_M + HAIR_M, false);
    }
    if (!best) { return null; }
    const across = crossings(x, y, best.x, best.y).length > 0;
    const farthest = Math.min(
      Math.sqrt(best.square) + BARRIER_DETOUR_M + HAIR_M, MAX_DISTANCE_M + HAIR_M
    );
    const free = across ? search(x, y, wanted, farthest, true) : null;
    return spotAt(free || best, x, y);
  };

  function spotAt(found, x, y) {
    const edge = all.edgeAt[found.piece];
    const length = streets.length_mm[edge];
    const last = shapes.start[edge + 1] - 1;
    let atMm;
    if (found.t <= 0 && found.piece === shapes.start[edge]) {
      atMm = 0;
    } else if (found.t >= 1 && found.piece === last - 1) {
      atMm = length;
    } else {
      const step = lengthUpTo(edge, found.piece + 1) - lengthUpTo(edge, found.piece);
      const before = lengthUpTo(edge, found.piece) + found.t * step;
      atMm = Math.round(before / (lengthUpTo(edge, last) || 1) * length);
      /* Nobody is rounded onto a junction. */
      atMm = Math.max(Math.min(1, length), Math.min(Math.max(length - 1, 0), atMm));
    }
    return {
      edge,
      at_mm: atMm,
      leg_mm: Math.round(Math.sqrt(found.square) * 1000),
      x: found.x,
      y: found.y,
      asked: [x, y]
    };
  }
});
