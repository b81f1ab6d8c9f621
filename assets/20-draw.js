/* Fills the leaves of panels with what the server drew: text, keyed nodes, figures, component properties.
   Nothing here parses HTML: every element is made by name from a short list, every text is textContent. */
(function () {
  "use strict";
  const TAGS = new Set(["a", "b", "button", "dd", "div", "dl", "dt", "em", "h3", "i", "img", "li", "p", "small", "span", "time", "ul"]);
  const SCALED = new Set(["size", "width", "l", "r", "t", "b", "pad", "ticklen", "standoff"]);
  const figures = new Map(); // graph id → figure in design pixels
  const PICTURES = /^\/work-orders\/\d+\/photos\/\d+(\?small=1)?$/; // the only pictures that are drawn
  const DATA_KEYS = /^[a-z][a-z-]*$/;

  function attribute(element, name, value) {
    if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }

  function build(spec) {
    const tag = TAGS.has(spec.tag) ? spec.tag : "span";
    const element = document.createElement(tag);
    element.putuoTag = tag;
    patch(element, spec);
    return element;
  }

  function patch(element, spec) {
    element.putuoKey = spec.key;
    if (element.className !== (spec.cls || "")) element.className = spec.cls || "";
    attribute(element, "title", spec.title);
    attribute(element, "aria-label", spec.label);
    attribute(element, "role", spec.role);
    attribute(element, "href", spec.href ? putuo.safeHref(spec.href) : null);
    attribute(element, "tabindex", spec.focus === undefined ? null : spec.focus);
    attribute(element, "aria-current", spec.current);
    attribute(element, "data-tone", spec.tone);
    attribute(element, "data-since", spec.since);
    for (const [name, value] of Object.entries(spec.data || {})) {
      if (DATA_KEYS.test(name)) attribute(element, "data-x-" + name, value);
    }
    for (const [name, value] of Object.entries(spec.vars || {})) {
      if (name.startsWith("--")) element.style.setProperty(name, value);
    }
    if (element.putuoTag === "img") {
      for (const name of ["alt", "width", "height"]) attribute(element, name, spec[name]);
      attribute(element, "src", PICTURES.test(spec.src) ? spec.src : null);
      return;
    }
    if (spec.kids) children(element, spec.kids);
    else if (spec.since) elapsed(element);
    else if (element.textContent !== (spec.text || "")) element.textContent = spec.text || "";
  }

  /** Reconcile by key, so that scroll, focus and running transitions of rows that stay are kept. */
  function children(parent, specs) {
    const kept = new Map();
    for (const child of Array.from(parent.children)) if (child.putuoKey !== undefined) kept.set(child.putuoKey, child);
    if (parent.childNodes.length !== parent.children.length) parent.textContent = "";
    let place = parent.firstElementChild;
    specs.forEach((spec, index) => {
      const key = spec.key === undefined || spec.key === null ? "#" + index : String(spec.key);
      const keyed = { ...spec, key };
      let element = kept.get(key);
      if (element && element.putuoTag === (TAGS.has(spec.tag) ? spec.tag : "span")) {
        patch(element, keyed);
        kept.delete(key);
      } else {
        element = build(keyed);
      }
      if (element === place) place = place.nextElementSibling;
      else parent.insertBefore(element, place);
    });
    while (place) {
      const next = place.nextElementSibling;
      place.remove();
      place = next;
    }
  }

  function scale(value, unit) {
    if (Array.isArray(value)) return value.map((item) => (item && typeof item === "object" ? scale(item, unit) : item));
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        if (typeof item === "number" && SCALED.has(key)) return [key, item * unit];
        return [key, item && typeof item === "object" ? scale(item, unit) : item];
      }),
    );
  }

  function figure(id, spec) {
    figures.set(id, spec);
    window.dash_clientside.set_props(id, { figure: scale(spec, putuo.unit()) });
  }

  function leaf(panel, name, drawing) {
    const id = panel + "--" + name;
    if (name === "map") {
      putuo.map.update(drawing.map);
      return;
    }
    if (name === "pin") {
      putuo.map.pin(drawing.pin);
      return;
    }
    if (typeof drawing === "object" && drawing !== null && drawing.figure) {
      figure(id, drawing.figure);
      return;
    }
    if (typeof drawing === "object" && drawing !== null && drawing.props) {
      window.dash_clientside.set_props(id, drawing.props);
      return;
    }
    const element = document.getElementById(id);
    if (!element) return;
    if (typeof drawing === "string") {
      if (element.textContent !== drawing) element.textContent = drawing;
    } else if (drawing && drawing.nodes) children(element, drawing.nodes);
    else if (drawing && drawing.attrs) for (const [key, value] of Object.entries(drawing.attrs)) attribute(element, "data-" + key, value);
  }

  function state(section, name, message) {
    section.dataset.state = name;
    const note = section.querySelector(":scope > .pn-b > .pn-msg");
    if (note) note.textContent = message || "";
  }

  /** Draw one answer of the server; returns the instant it stands for. */
  function draw(data) {
    if (!data || !data.panel) return window.dash_clientside.no_update;
    const section = document.querySelector(`[data-panel="${CSS.escape(data.panel)}"]`);
    putuo.stream.follow(data.panel, data);
    if (!section) return window.dash_clientside.no_update;
    if (data.failed) {
      if (section.dataset.state === "loading") state(section, "failed", data.failed);
      section.title = data.failed;
      return data.at;
    }
    const started = performance.now();
    section.removeAttribute("title");
    for (const [name, drawing] of Object.entries(data.draw || {})) leaf(data.panel, name, drawing);
    if (data.empty) state(section, "empty", data.empty);
    else state(section, "ready", "");
    performance.measure("draw:" + data.panel, { start: started, end: performance.now() });
    document.dispatchEvent(new CustomEvent("putuo:drawn", { detail: data }));
    return data.at;
  }

  const pad = (number) => String(number).padStart(2, "0");
  function elapsed(element) {
    const seconds = Math.max(Math.floor((putuo.now() - Date.parse(element.dataset.since)) / 1000), 0);
    const hours = Math.floor(seconds / 3600);
    let text = pad(Math.floor(seconds / 60)) + ":" + pad(seconds % 60);
    if (hours >= 48) text = putuo.word("time.days_hours", { d: Math.floor(hours / 24), h: hours % 24 });
    else if (hours) text = hours + ":" + pad(Math.floor(seconds / 60) % 60) + ":" + pad(seconds % 60);
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    for (const element of document.querySelectorAll("[data-since]")) elapsed(element);
    const time = document.getElementById("clock");
    if (!time) return;
    const here = new Date(putuo.now() + 8 * 3600 * 1000); // Asia/Shanghai, whatever the machine's zone
    time.textContent = [here.getUTCHours(), here.getUTCMinutes(), here.getUTCSeconds()].map(pad).join(":");
    const date = document.getElementById("clock-date");
    const words = putuo.word("time.date_long", { year: here.getUTCFullYear(), month: here.getUTCMonth() + 1, day: here.getUTCDate() });
    if (date && date.textContent !== words) date.textContent = words;
    const weekday = document.getElementById("clock-weekday");
    if (weekday) weekday.textContent = putuo.word("time.weekday_" + ((here.getUTCDay() + 6) % 7));
  }
  setInterval(tick, 500);

  let resizing = 0;
  window.addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(() => figures.forEach((spec, id) => figure(id, spec)), 200);
  });

  putuo.draw = { children, build, draw };
  window.dash_clientside = Object.assign({}, window.dash_clientside, { putuo: { draw } });
})();
