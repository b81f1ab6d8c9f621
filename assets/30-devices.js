/* Every device on one canvas: a Leaflet layer fed by columns and a status string, with picking.
   Cost is measured: performance entries "map:first-draw", "map:status" and "map:redraw". */
(function () {
  "use strict";
  function triangle(pen, x, y, r) {
    pen.moveTo(x, y - r);
    pen.lineTo(x + r, y + 0.8 * r);
    pen.lineTo(x - r, y + 0.8 * r);
    pen.closePath();
  }
  function diamond(pen, x, y, r) {
    pen.moveTo(x, y - r);
    pen.lineTo(x + r, y);
    pen.lineTo(x, y + r);
    pen.lineTo(x - r, y);
    pen.closePath();
  }
  function circle(pen, x, y, r) {
    pen.moveTo(x + r, y);
    pen.arc(x, y, r, 0, 6.2832);
  }
  function square(pen, x, y, r) {
    pen.rect(x - r, y - r, 2 * r, 2 * r);
  }
  // Order of drawing: what matters most is painted last. r in design pixels; shape so that colour is never alone.
  const STATUS = [
    { code: "4", fill: "rgba(120,140,170,.22)", alone: "rgba(160,180,212,.8)", r: 0.9 }, // not fitted
    { code: "5", fill: "rgba(120,140,170,.30)", alone: "rgba(160,180,212,.8)", r: 1.0 }, // never online
    { code: "7", fill: "rgba(120,140,170,.16)", alone: "rgba(160,180,212,.6)", r: 0.9 }, // disused
    { code: "8", fill: "rgba(157,140,255,.6)", r: 1.3 }, // unknown
    { code: "0", fill: "rgba(69,190,255,.55)", r: 1.1 }, // normal
    { code: "6", fill: "rgba(150,160,190,.75)", r: 1.4 }, // silent
    { code: "3", fill: "rgba(136,150,178,.95)", r: 1.7 }, // offline
    { code: "1", fill: "rgba(255,180,74,.95)", r: 2.8, shape: triangle }, // warning
    { code: "2", fill: "rgba(255,75,92,1)", r: 3.2, shape: diamond }, // fault or entrapment
  ];
  const FEW = 2500; // fewer devices than this are drawn larger, and the faint ones plainly
  const FORKLIFT = { 0: "#7df0c8", 1: "#ffb44a", 2: "#ff4b5c" };
  const SHAPES = 200; // marks in one path: the browser's cost of a path of shapes grows with its square
  const GRID = 64; // pixels of the picking grid's cells

  function makeDevices() {
    return L.Layer.extend({
      onAdd(map) {
        this._map = map;
        this.canvas = L.DomUtil.create("canvas", "device-canvas leaflet-zoom-animated");
        map.getPane("devices").appendChild(this.canvas);
        map.on("moveend zoomend resize", this.reset, this);
        map.on("zoomanim", this.follow, this);
        this.reset();
      },
      onRemove(map) {
        map.off("moveend zoomend resize", this.reset, this);
        map.off("zoomanim", this.follow, this);
        this.canvas.remove();
      },
      setData(columns) {
        const n = columns.id.length;
        this.columns = columns;
        this.x = new Float64Array(n);
        this.y = new Float64Array(n);
        this.index = new Map(columns.id.map((id, i) => [id, i]));
        this.moved = new Set();
        for (let i = 0; i < n; i++) this.put(i, columns.lng[i], columns.lat[i]);
        this.truck = Uint8Array.from(columns.kind, (kind) => (kind === "forklift" ? 1 : 0));
        this.spots = null;
        return this;
      },
      setStatus(status, moved) {
        if (status === this.status && !moved) return;
        this.status = status;
        this.draw("map:status");
      },
      put(i, lng, lat) {
        const point = lng === null || lat === null ? { x: NaN, y: NaN } : L.CRS.EPSG3857.project(L.latLng(lat, lng));
        const moved = this.x[i] !== point.x || this.y[i] !== point.y;
        this.x[i] = point.x;
        this.y[i] = point.y;
        return moved;
      },
      /** Rows of [id, lng, lat]; a machine that is not among them any more goes back to its registered place.
          Returns whether anything moved; the next status draws it. */
      setPositions(rows) {
        const { columns, index } = this;
        if (!columns) return false;
        const left = this.moved;
        this.moved = new Set();
        let changed = false;
        for (const [id, lng, lat] of rows) {
          const i = index.get(id);
          if (i === undefined) continue;
          changed = this.put(i, lng, lat) || changed;
          this.moved.add(i);
          left.delete(i);
        }
        for (const i of left) changed = this.put(i, columns.lng[i], columns.lat[i]) || changed;
        return changed;
      },
      /** Where the shown devices are, as [latitude, longitude]. */
      places() {
        if (!this.columns) return [];
        const project = L.CRS.EPSG3857.projection;
        return Array.from(this.x.keys())
          .filter((i) => !Number.isNaN(this.x[i]) && !(this.wanted && !this.wanted[i]))
          .map((i) => project.unproject(L.point(this.x[i], this.y[i])));
      },
      /** How many of them lie outside `frame`. */
      outside(frame) {
        if (!this.columns) return 0;
        const [low, high] = [frame.getSouthWest(), frame.getNorthEast()].map((corner) => L.CRS.EPSG3857.project(corner));
        let count = 0;
        for (let i = 0; i < this.x.length; i++) {
          if (Number.isNaN(this.x[i]) || (this.wanted && !this.wanted[i])) continue;
          if (this.x[i] < low.x || this.x[i] > high.x || this.y[i] < low.y || this.y[i] > high.y) count++;
        }
        return count;
      },
      setFilter(wanted) {
        this.wanted = wanted;
        this.draw("map:status");
      },
      reset() {
        const map = this._map;
        const size = map.getSize();
        const ratio = window.devicePixelRatio || 1;
        L.DomUtil.setTransform(this.canvas, map.containerPointToLayerPoint([0, 0]), 1);
        this.canvas.width = size.x * ratio;
        this.canvas.height = size.y * ratio;
        this.canvas.style.width = size.x + "px";
        this.canvas.style.height = size.y + "px";
        this.pen = this.canvas.getContext("2d");
        this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
        this.draw("map:redraw");
      },
      follow(event) {
        const scale = this._map.getZoomScale(event.zoom);
        const corner = this._map._latLngBoundsToNewLayerBounds(this._map.getBounds(), event.zoom, event.center).min;
        L.DomUtil.setTransform(this.canvas, corner, scale);
      },
      place() {
        const map = this._map;
        const t = L.CRS.EPSG3857.transformation;
        const s = L.CRS.EPSG3857.scale(map.getZoom());
        const o = map.getPixelOrigin().add(map.containerPointToLayerPoint([0, 0]));
        return { a: t._a * s, b: t._b * s - o.x, c: t._c * s, d: t._d * s - o.y };
      },
      radius() {
        return putuo.unit() * Math.min(Math.max(this.few ? 1.7 : 1, (this._map.getZoom() - 11.5) / 1.6), 4);
      },
      draw(name) {
        if (!this.columns || !this.status || !this._map || !this.pen) return;
        const started = performance.now();
        const pen = this.pen;
        const size = this._map.getSize();
        const { a, b, c, d } = this.place();
        this.few = (this.wanted ? this.wanted.reduce((sum, one) => sum + one, 0) : this.x.length) < FEW;
        const unit = this.radius();
        const { status, wanted, truck, x: X, y: Y } = this;
        const n = X.length;
        const right = size.x + 8;
        const bottom = size.y + 8;
        pen.clearRect(0, 0, size.x, size.y);
        const spots = this.spots || (this.spots = new Float32Array(2 * n));
        for (const { code, fill, alone, r, shape } of STATUS) {
          const radius = r * unit;
          let end = 0;
          for (let i = 0; i < n; i++) {
            if (status[i] !== code || truck[i] || (wanted && !wanted[i])) continue;
            const x = a * X[i] + b;
            const y = c * Y[i] + d;
            if (!(x > -8 && y > -8 && x < right && y < bottom)) continue;
            spots[end++] = x;
            spots[end++] = y;
          }
          const mark = shape || (radius < 2 ? square : circle);
          const stride = mark === square ? end : 2 * SHAPES;
          pen.fillStyle = (this.few && alone) || fill;
          for (let from = 0; from < end; from += stride) {
            pen.beginPath();
            for (let i = from; i < Math.min(from + stride, end); i += 2) mark(pen, spots[i], spots[i + 1], radius);
            pen.fill();
          }
        }
        const radius = 1.9 * unit; // trucks are squares in the colour of their status
        for (let i = 0; i < n; i++) {
          if (!truck[i] || (wanted && !wanted[i])) continue;
          const x = a * X[i] + b;
          const y = c * Y[i] + d;
          if (!(x > -8 && y > -8 && x < right && y < bottom)) continue;
          pen.fillStyle = FORKLIFT[status[i]] || "#8e9fc4";
          pen.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
        }
        this.picking = null;
        const first = !this.drawn;
        this.drawn = true;
        performance.measure(first ? "map:first-draw" : name, { start: first && this.loadedAt ? this.loadedAt : started, end: performance.now() });
      },
      /** The index of the device under a container point, or -1. */
      at(point) {
        if (!this.columns) return -1;
        if (!this.picking) this.sort();
        const { a, b, c, d } = this.place();
        const reach = Math.max(8, 3 * this.radius());
        let best = -1;
        let nearest = reach * reach;
        const cx = Math.floor(point.x / GRID);
        const cy = Math.floor(point.y / GRID);
        for (let gx = cx - 1; gx <= cx + 1; gx++) {
          for (let gy = cy - 1; gy <= cy + 1; gy++) {
            for (const i of this.picking.get(gx + ":" + gy) || []) {
              const dx = a * this.x[i] + b - point.x;
              const dy = c * this.y[i] + d - point.y;
              const distance = dx * dx + dy * dy - (this.status[i] === "2" ? 16 : 0);
              if (distance < nearest) {
                nearest = distance;
                best = i;
              }
            }
          }
        }
        return best;
      },
      sort() {
        const { a, b, c, d } = this.place();
        const size = this._map.getSize();
        this.picking = new Map();
        for (let i = 0; i < this.x.length; i++) {
          if (this.wanted && !this.wanted[i]) continue;
          const x = a * this.x[i] + b;
          const y = c * this.y[i] + d;
          if (!(x >= 0 && y >= 0 && x <= size.x && y <= size.y)) continue;
          const cell = Math.floor(x / GRID) + ":" + Math.floor(y / GRID);
          if (!this.picking.has(cell)) this.picking.set(cell, []);
          this.picking.get(cell).push(i);
        }
      },
    });
  }

  putuo.makeDevices = makeDevices;
})();
