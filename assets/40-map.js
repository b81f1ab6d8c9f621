/* The map: schematic streets, every device on one canvas, alarms as pulsing pins, a call-out for the newest entrapment.
   dash-leaflet gives an empty Map; all layers are ours, so nothing is lost while it loads and nothing is ever re-output. */
(function () {
  "use strict";
  const RAMP = {
    dark: ["#12376f", "#164487", "#1b4f9e", "#2363bd", "#2e7ad9", "#3f92ef"],
    light: ["#e3edfa", "#cfe0f6", "#b3cff0", "#8fb8e8", "#6a9fde", "#4584d1"],
  };
  const maps = new Set();
  let latest = null; // the newest drawing of the map panel, for a map that becomes ready later
  let place = null; // the same for the one machine of a dossier

  const element = (tag, cls, text) => {
    const node = document.createElement(tag);
    if (cls) node.className = cls;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  class District {
    constructor(map, box) {
      this.map = map;
      this.box = box;
      this.wall = box.dataset.map === "wall";
      this.pins = new Map();
      this.names = new Map();
      this.streets = new Map();
      for (const [pane, z] of [["ground", 200], ["depth", 210], ["depth2", 212], ["streets", 300], ["lines", 330], ["devices", 400], ["glow", 460], ["names", 500]]) {
        map.createPane(pane).style.zIndex = z;
        map.getPane(pane).style.pointerEvents = "none";
      }
      if (box.dataset.tiles) L.tileLayer(box.dataset.tiles, { maxZoom: 19, pane: "ground" }).addTo(map);
      this.devices = new (putuo.makeDevices())().addTo(map);
      window.addEventListener("resize", () => setTimeout(() => this.fit(), 120));
      this.load();
    }

    async load() {
      try {
        const answer = await fetch(this.box.dataset.geo);
        if (!answer.ok) throw new Error(String(answer.status));
        this.draw((await answer.json()).features);
      } catch (problem) {
        this.box.dataset.failed = "1";
        return;
      }
      if (latest) this.update(latest);
      if (place) this.pin(place);
    }

    draw(features) {
      const layer = (name) => features.filter((feature) => feature.properties.layer === name);
      const streets = layer("street");
      const unit = putuo.unit();
      this.rings = putuo.outline(streets);
      this.bounds = L.latLngBounds(this.rings.flat());
      this.frame = this.bounds.pad(0.05); // what is seen of the whole district
      const ring = (pane, style) => this.rings.forEach((points) => L.polygon(points, { pane, interactive: false, smoothFactor: 0, ...style }).addTo(this.map));
      if (this.wall) {
        ring("depth", { fillColor: "#0a2550", fillOpacity: 1, color: "#2e86f5", weight: 1.5 * unit, opacity: 0.9 });
        ring("depth2", { fillColor: "#0a2550", fillOpacity: 1, color: "#2e86f5", weight: 1.5 * unit, opacity: 0.9 });
      }
      for (const street of streets) {
        const shape = L.geoJSON(street, { pane: "streets", interactive: false, style: { className: "street", fillColor: this.ramp()[0], fillOpacity: this.box.dataset.tiles ? 0.25 : 0.8, color: "#7cc4ff", weight: 1.3 * unit, opacity: 0.75 } }).addTo(this.map);
        this.streets.set(street.properties.code, { shape, feature: street });
      }
      const lines = (name, style) => L.geoJSON(layer(name), { pane: "lines", interactive: false, style }).addTo(this.map);
      lines("road", (f) => ({ color: "#9cc4ff", weight: (f.properties.class === "arterial" ? 0.8 : 1.5) * unit, opacity: f.properties.class === "arterial" ? 0.14 : 0.22 }));
      lines("water", { color: "#38b6ff", weight: 4 * unit, opacity: 0.4 });
      lines("metro", (f) => ({ color: f.properties.color, weight: 1.8 * unit, opacity: this.wall ? 0.3 : 0.55, dashArray: `${6 * unit} ${3 * unit}` }));
      if (!this.wall) {
        for (const station of layer("station")) {
          const [lng, lat] = station.geometry.coordinates;
          L.circleMarker([lat, lng], { pane: "lines", radius: 3, color: "#dbe9ff", weight: 1, fillColor: "#0b1e3d", fillOpacity: 1, interactive: false }).addTo(this.map);
        }
      }
      ring("glow", { fill: false, color: this.light() ? "#1d5fd6" : "#58c6ff", weight: (this.wall ? 3.2 : 2) * unit, opacity: 0.9 });
      for (const street of streets) this.label(street.properties);
      this.fit();
    }

    label({ code, name, label }) {
      const body = element("div");
      const count = element("span", "num");
      body.append(element("b", "", name), count);
      L.marker([label[1], label[0]], { pane: "names", interactive: false, keyboard: false, icon: L.divIcon({ className: "street-name", html: body, iconSize: null }) }).addTo(this.map);
      this.names.set(code, count);
    }

    /** One machine's place. */
    pin({ lng, lat, tone }) {
      if (!this.bounds) return;
      this.alarms([{ id: "pin", lng, lat, tone }]);
      this.map.setView([lat, lng], 15.5, { animate: false });
      this.touched = true;
    }

    light() {
      return document.documentElement.dataset.theme === "light";
    }

    ramp() {
      return RAMP[this.light() ? "light" : "dark"];
    }

    fit() {
      if (!this.bounds) return;
      this.map.invalidateSize({ animate: false });
      if (this.touched) return;
      const unit = putuo.unit();
      const pad = this.wall ? { paddingTopLeft: [6 * unit, 10 * unit], paddingBottomRight: [6 * unit, 34 * unit] } : { padding: [24, 24] };
      this.map.fitBounds(this.bounds, { ...pad, animate: false });
      this.callout();
    }

    /** Look at a place that somebody chose, until they choose another. */
    look(bounds) {
      if (!bounds || !bounds.isValid()) return;
      this.touched = true;
      this.map.fitBounds(bounds, { padding: [30, 30], maxZoom: 17, animate: false });
    }

    home() {
      this.touched = false;
      this.fit();
    }

    lookAtStreet(code) {
      const street = this.streets.get(code);
      if (street) this.look(street.shape.getBounds());
    }

    lookAtDevices() {
      this.look(L.latLngBounds(this.devices.places()));
    }

    /** Devices nobody sees while the map shows the district. */
    outside() {
      const note = this.box.querySelector(".map-outside");
      if (!note || !this.frame) return;
      const count = this.devices.outside(this.frame);
      const words = count ? putuo.word("map.outside", { n: count.toLocaleString() }) : "";
      note.toggleAttribute("data-some", count > 0);
      if (note.firstElementChild.textContent !== words) note.firstElementChild.textContent = words;
    }

    /** Everything the map panel knows: device file, status string, streets, open alarms. */
    update(drawing) {
      if (!this.bounds) return;
      if (drawing.devices && drawing.devices !== this.file) this.fetch(drawing.devices);
      this.status = drawing.status;
      this.moved = drawing.moved || [];
      const moved = this.devices.setPositions(this.moved);
      if (this.devices.columns && drawing.status && drawing.status.length === this.devices.columns.id.length) this.devices.setStatus(drawing.status, moved);
      this.frameTo(drawing.streets || {});
      this.paint(drawing.streets || {});
      this.alarms(drawing.alarms || []);
      this.newest = drawing.callout || null;
      this.callout();
      this.told();
    }

    told() {
      document.dispatchEvent(new CustomEvent("putuo:map", { detail: this }));
      this.outside();
    }

    async fetch(file) {
      this.file = file;
      const answer = await fetch(file).catch(() => null);
      if (!answer || !answer.ok) {
        this.file = null; // the next refresh tries again
        return;
      }
      const columns = await answer.json();
      this.devices.loadedAt = performance.now();
      this.devices.setData(columns);
      this.devices.setPositions(this.moved);
      if (this.status && this.status.length === columns.id.length) this.devices.setStatus(this.status);
      this.told();
    }

    /** A reader of some streets only looks at those. */
    frameTo(streets) {
      const mine = Object.keys(streets).filter((code) => this.streets.has(code)).sort();
      if (!mine.length || mine.length === this.streets.size || mine.join() === this.framed) return;
      this.framed = mine.join();
      this.bounds = mine.reduce((bounds, code) => bounds.extend(this.streets.get(code).shape.getBounds()), L.latLngBounds([]));
      this.fit();
    }

    paint(streets) {
      for (const [code, { shape }] of this.streets) {
        const row = streets[code];
        shape.setStyle({ fillColor: this.ramp()[row ? row.shade : 0], fillOpacity: row ? 0.8 : 0.25 });
        const count = this.names.get(code);
        const words = row ? row.words : "";
        if (count.textContent !== words) count.textContent = words;
      }
    }

    /** Pins are pooled by alarm: a pin that stays keeps its pulse. */
    alarms(rows) {
      const seen = new Set();
      for (const row of rows) {
        seen.add(row.id);
        let pin = this.pins.get(row.id);
        if (!pin) {
          const body = element("i");
          pin = L.marker([row.lat, row.lng], { pane: "names", interactive: false, keyboard: false, icon: L.divIcon({ className: "alarm-pin", html: body, iconSize: null }) }).addTo(this.map);
          this.pins.set(row.id, pin);
        }
        pin.getElement().dataset.tone = row.tone;
      }
      for (const [id, pin] of this.pins) {
        if (seen.has(id)) continue;
        pin.remove();
        this.pins.delete(id);
      }
    }

    /** The leader line's path; made here because the page's components know no SVG. */
    line() {
      if (!this.path) {
        const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        this.path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        svg.append(this.path);
        this.box.querySelector(".callout-line").append(svg);
      }
      return this.path;
    }

    /** The newest open entrapment: a box at the top right, joined to its place by a line. */
    callout() {
      const box = this.box.querySelector(".callout");
      if (!box) return;
      const row = this.newest;
      box.toggleAttribute("data-open", Boolean(row));
      if (!row) return;
      const link = box.querySelector("a");
      putuo.draw.children(link, [
        { tag: "b", kids: [{ text: row.title }, { tag: "em", cls: "num", since: row.since }] },
        { tag: "p", text: row.where },
        { tag: "p", text: row.note },
        ...(row.clock ? [row.clock] : []),
      ]);
      link.href = putuo.safeHref(row.href) || "/alarms";
      this.leader();
    }

    /** The line from the call-out's box to its place; while the map moves only this is redrawn. */
    leader() {
      const row = this.newest;
      const link = row && this.box.querySelector(".callout a");
      if (!link) return;
      const target = this.map.latLngToContainerPoint([row.lat, row.lng]);
      const frame = this.box.getBoundingClientRect();
      const note = link.getBoundingClientRect();
      const left = note.left - frame.left;
      const y = note.top - frame.top + note.height / 2;
      const knee = Math.min(left - 20 * putuo.unit(), Math.max(target.x, left - 60 * putuo.unit()));
      this.line().setAttribute("d", `M ${target.x} ${target.y} L ${knee} ${Math.max(y + 40, target.y - 60)} L ${knee} ${y} L ${left} ${y}`);
    }
  }

  function attach() {
    if (!window.L) {
      setTimeout(attach, 20);
      return;
    }
    L.Map.addInitHook(function () {
      const map = this;
      setTimeout(() => {
        const box = map.getContainer().closest("[data-map]");
        if (!box) return;
        const district = new District(map, box);
        maps.add(district);
        map.on("dragstart", () => (district.touched = true));
        map.getContainer().addEventListener("wheel", () => (district.touched = true), { passive: true });
        map.on("move zoom", () => district.leader());
        putuo.map.current = district;
      }, 0);
    });
  }
  attach();

  putuo.map = {
    current: null,
    update(drawing) {
      latest = drawing;
      maps.forEach((district) => district.update(drawing));
    },
    pin(where) {
      place = where;
      maps.forEach((district) => district.pin(where));
    },
  };
})();
