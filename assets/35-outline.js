/* The border of all streets together, from the borders of each. */
(function () {
  "use strict";

  /** The district's outline: edges that only one street has, chained into lines. */
  function outline(streets) {
    const edges = new Map();
    const name = (p) => p[0] + "," + p[1];
    for (const street of streets) {
      const polygons = street.geometry.type === "Polygon" ? [street.geometry.coordinates] : street.geometry.coordinates;
      for (const rings of polygons) {
        for (const ring of rings) {
          for (let i = 1; i < ring.length; i++) {
            const ends = [name(ring[i - 1]), name(ring[i])].sort().join("|");
            if (edges.has(ends)) edges.set(ends, null);
            else edges.set(ends, [ring[i - 1], ring[i]]);
          }
        }
      }
    }
    const meeting = new Map(); // point → the outline's edges that meet there
    for (const [key, edge] of edges) {
      if (!edge) continue;
      for (const point of edge) {
        if (!meeting.has(name(point))) meeting.set(name(point), new Map());
        meeting.get(name(point)).set(key, edge);
      }
    }
    const take = (key, edge) => edge.forEach((point) => meeting.get(name(point)).delete(key));
    const rings = [];
    for (const [start, around] of meeting) {
      while (around.size) {
        const ring = [];
        let here = start;
        while (meeting.get(here).size) {
          const [key, edge] = meeting.get(here).entries().next().value;
          take(key, edge);
          const [from, to] = name(edge[0]) === here ? edge : [edge[1], edge[0]];
          if (!ring.length) ring.push(from);
          ring.push(to);
          here = name(to);
        }
        rings.push(ring.map(([lng, lat]) => [lat, lng]));
      }
    }
    return rings;
  }

  putuo.outline = outline;
})();
