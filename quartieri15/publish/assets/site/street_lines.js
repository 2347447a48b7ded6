"use strict";
/* Streets as a drawing wants them: pieces put together as long as they go straight on. */
Q15.module("streets", function (app) {
  const { u, v, shapes } = app.streets;
  const SHARPEST_TURN = 0.8;

  function pointsFrom(edge, node) {
    const points = [];
    for (let i = shapes.start[edge]; i < shapes.start[edge + 1]; i += 1) {
      points.push([shapes.x[i], shapes.y[i]]);
    }
    return u[edge] === node ? points : points.reverse();
  }

  function turned(a, b, c) {
    const one = Math.atan2(b[1] - a[1], b[0] - a[0]);
    const two = Math.atan2(c[1] - b[1], c[0] - b[0]);
    return Math.abs(Math.atan2(Math.sin(two - one), Math.cos(two - one)));
  }

  /* Lines of edges: each edge stands in one of them. */
  app.streets.chains = function (edges) {
    const ends = new Map();
    edges.forEach((edge) => [u[edge], v[edge]].forEach((node) => {
      if (!ends.has(node)) { ends.set(node, []); }
      ends.get(node).push(edge);
    }));
    const left = new Set(edges);

    function straightest(chain, node) {
      const [before, last] = chain.slice(-2);
      let best = null;
      ends.get(node).forEach((edge) => {
        if (!left.has(edge) || u[edge] === v[edge]) { return; }
        const points = pointsFrom(edge, node);
        const turn = turned(before, last, points[1]);
        if (turn < SHARPEST_TURN && (!best || turn < best.turn)) { best = { edge, points, turn }; }
      });
      return best;
    }

    function extend(chain, start) {
      let node = start;
      for (let next = straightest(chain, node); next; next = straightest(chain, node)) {
        left.delete(next.edge);
        next.points.slice(1).forEach((point) => chain.push(point));
        node = u[next.edge] === node ? v[next.edge] : u[next.edge];
      }
    }

    const chains = [];
    edges.forEach((edge) => {
      if (!left.delete(edge)) { return; }
      const chain = pointsFrom(edge, u[edge]);
      extend(chain, v[edge]);
      chain.reverse();
      extend(chain, u[edge]);
      chains.push(chain);
    });
    return chains;
  };

  function offset([x, y], [ax, ay], [bx, by]) {
    const [dx, dy] = [bx - ax, by - ay];
    const length = dx * dx + dy * dy;
    const part = length ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
    return Math.hypot(x - ax - part * dx, y - ay - part * dy);
  }

  /* A line with fewer corners, off by no more than so many metres (Douglas and Peucker 1973). */
  app.streets.simplified = function (points, metres) {
    const kept = new Set([0, points.length - 1]);
    const waiting = [[0, points.length - 1]];
    while (waiting.length) {
      const [first, last] = waiting.pop();
      let far = { at: -1, by: metres };
      for (let i = first + 1; i < last; i += 1) {
        const by = offset(points[i], points[first], points[last]);
        if (by > far.by) { far = { at: i, by }; }
      }
      if (far.at > 0) {
        kept.add(far.at);
        waiting.push([first, far.at], [far.at, last]);
      }
    }
    return points.filter((_, i) => kept.has(i));
  };
});
