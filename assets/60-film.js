/* The film of an alarm, and the path of a truck: frames at the device's own times, played, stepped and scrubbed.
   Space plays and pauses, the arrows step from reading to reading; the second shown stands in the address as t. */
(function () {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const WIDTH = 420;
  const HEIGHT = 300;
  const players = new Map(); // panel → Player

  function shape(name, attributes, parent) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (parent) parent.append(element);
    return element;
  }
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  /** A lift: the shaft with the floors that occur, the car where it stands, its doors, whoever is inside. */
  class Shaft {
    constructor(film, svg) {
      const floors = film.floors.length ? film.floors : [{ n: 1, name: "1" }];
      this.low = floors[0].n;
      this.step = Math.min((HEIGHT - 96) / Math.max(floors[floors.length - 1].n - this.low, 1), 96);
      shape("rect", { x: 60, y: 8, width: 120, height: HEIGHT - 16, class: "shaft" }, svg);
      let free = Infinity;
      for (const floor of floors) {
        const y = this.y(floor.n);
        shape("line", { x1: 60, x2: 180, y1: y + 76, y2: y + 76, class: "floor" }, svg);
        if (free - y < 15) continue; // names that would lie on one another
        free = y;
        shape("text", { x: 50, y: y + 76, class: "floor-name" }, svg).textContent = floor.name;
      }
      this.car = shape("g", { class: "car" }, svg);
      shape("rect", { x: 66, y: 4, width: 108, height: 72, class: "cabin" }, this.car);
      this.person = shape("g", { class: "person" }, this.car);
      shape("circle", { cx: 120, cy: 27, r: 8 }, this.person);
      shape("path", { d: "M106 70 v-18 a14 14 0 0 1 28 0 v18 z" }, this.person);
      this.doors = [66, 120].map((x) => shape("rect", { x, y: 4, width: 54, height: 72, class: "door" }, this.car));
      this.name = shape("text", { x: 300, y: 88, class: "big" }, svg);
      this.arrow = shape("path", { class: "arrow" }, svg);
      this.speed = shape("text", { x: 300, y: 226, class: "figure" }, svg);
    }
    y(floor) {
      return HEIGHT - 88 - (floor - this.low) * this.step;
    }
    draw(frame) {
      if (frame.floor !== null) this.car.style.transform = `translateY(${this.y(frame.floor)}px)`;
      const open = frame.door === null ? 0.5 : frame.door;
      this.doors.forEach((door, side) => {
        door.style.transform = `scaleX(${1 - 0.9 * open})`;
        door.style.transformOrigin = (side ? "174px" : "66px") + " 0";
        door.dataset.known = String(frame.door !== null);
      });
      this.person.dataset.inside = String(frame.passenger);
      this.name.textContent = frame.floor_name;
      const way = frame.direction;
      this.arrow.setAttribute("d", way > 0 ? "M300 116 l26 44 h-52 z" : way < 0 ? "M300 160 l26 -44 h-52 z" : "M276 134 h48 v8 h-48 z");
      this.arrow.dataset.moving = String(frame.moving);
      this.speed.textContent = frame.speed;
    }
  }

  /** A truck: where it has been, its fence, and where it is. */
  class Path {
    constructor(film, svg) {
      const places = film.frames.map((frame) => frame.place).filter(Boolean);
      const fence = film.fence;
      const xs = places.map((place) => place[0]).concat(fence ? [fence[0], fence[2]] : []);
      const ys = places.map((place) => place[1]).concat(fence ? [fence[1], fence[3]] : []);
      const west = Math.min(...xs), east = Math.max(...xs), south = Math.min(...ys), north = Math.max(...ys);
      const scale = Math.min((WIDTH - 130) / Math.max(east - west, 20), (HEIGHT - 40) / Math.max(north - south, 20));
      this.at = (place) => [20 + (place[0] - west) * scale, HEIGHT - 20 - (place[1] - south) * scale];
      if (fence) {
        const [x, y] = this.at([fence[0], fence[3]]);
        shape("rect", { x, y, width: (fence[2] - fence[0]) * scale, height: (fence[3] - fence[1]) * scale, class: "fence" }, svg);
      }
      const points = (some) => some.map((place) => this.at(place).map((value) => value.toFixed(1)).join(",")).join(" ");
      this.places = film.frames.map((frame) => frame.place);
      shape("polyline", { points: points(places), class: "path" }, svg);
      this.done = shape("polyline", { points: "", class: "path done" }, svg);
      this.points = points;
      this.truck = shape("rect", { x: -8, y: -6, width: 16, height: 12, rx: 3, class: "truck" }, svg);
      this.speed = shape("text", { x: WIDTH - 12, y: 40, class: "figure end" }, svg);
      this.load = shape("text", { x: WIDTH - 12, y: 70, class: "figure end" }, svg);
    }
    draw(frame, index) {
      this.done.setAttribute("points", this.points(this.places.slice(0, index + 1).filter(Boolean)));
      if (frame.place) this.truck.setAttribute("transform", `translate(${this.at(frame.place).join(" ")})`);
      this.speed.textContent = frame.speed;
      this.load.textContent = frame.load;
    }
  }

  class Player {
    constructor(box) {
      this.box = box;
      this.speed = 5;
      this.playing = 0;
      this.range = document.createElement("input");
      Object.assign(this.range, { type: "range", step: "0.1" });
      this.range.setAttribute("aria-label", box.querySelector(".film-track").dataset.label);
      box.querySelector(".film-range").append(this.range);
      this.range.addEventListener("input", () => {
        this.pause();
        this.seek(Number(this.range.value));
      });
      this.range.addEventListener("change", () => this.tell());
      box.addEventListener("click", (event) => this.press(event));
    }

    /** New frames; the place in the film is kept where it is the same film. */
    load(film) {
      const same = this.film && this.film.id === film.id;
      const asked = Number(putuo.query().t);
      this.film = film;
      const start = same ? this.t : putuo.query().t !== undefined && Number.isFinite(asked) ? asked : film.start;
      this.range.min = film.since;
      this.range.max = film.until;
      const stage = this.box.querySelector(".film-stage");
      stage.textContent = "";
      const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" }, stage);
      this.scene = film.frames.length ? new (film.kind === "elevator" ? Shaft : Path)(film, svg) : null;
      this.marks();
      this.faster(this.speed);
      this.seek(clamp(start, film.since, film.until));
      this.box.dataset.ready = String(film.frames.length);
    }

    marks() {
      const { since, until, marks } = this.film;
      const at = (t) => (100 * (clamp(t, since, until) - since)) / (until - since);
      putuo.draw.children(
        this.box.querySelector(".film-marks"),
        marks.map((mark, index) => ({
          tag: "i", key: index, cls: "mark " + mark.kind, tone: mark.tone, title: mark.words, text: "",
          vars: { "--x": at(mark.t) + "%", "--w": (mark.until === undefined ? 0 : at(mark.until) - at(mark.t)) + "%" },
        })),
      );
    }

    /** The newest reading that had been sampled by second `t`; -1 before the first. */
    index(t) {
      const frames = this.film.frames;
      let low = 0, high = frames.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (frames[middle].t <= t + 0.05) low = middle + 1;
        else high = middle;
      }
      return low - 1;
    }

    seek(t) {
      this.t = clamp(t, this.film.since, this.film.until);
      this.range.value = this.t;
      const index = this.index(this.t);
      const clock = new Date(Date.parse(this.film.zero) + this.t * 1000 + 8 * 3600000); // Asia/Shanghai
      const sign = this.t < 0 ? "−" : "+";
      const label = clock.toISOString().slice(11, 19) + "  " + sign + Math.abs(Math.round(this.t)) + " s";
      this.box.querySelector(".film-clock").textContent = label;
      this.range.setAttribute("aria-valuetext", label);
      if (index !== this.shown || !this.box.querySelector(".film-said").childNodes.length) this.show(index);
    }

    show(index) {
      this.shown = index;
      const { frames, fields, words } = this.film;
      const frame = frames[index];
      const said = this.box.querySelector(".film-said");
      const rules = this.box.querySelector(".film-rules");
      if (!frame) {
        putuo.draw.children(said, [{ tag: "p", cls: "keys-note", text: words.nothing }]);
        if (rules) putuo.draw.children(rules, []);
        return;
      }
      if (this.scene) this.scene.draw(frame, index);
      const times = words.frame.replace("{clock}", frame.clock).replace("{received}", frame.received).replace("{delay}", frame.delay);
      const before = frames[index - 1];
      const pairs = fields.map((field, place) => ({ field, value: frame.said[place], new: before && before.said[place] !== frame.said[place] }));
      putuo.draw.children(said, [
        { tag: "p", cls: "num", text: frame.late ? times + " · " + words.late : times },
        { tag: "dl", kids: pairs.filter((pair) => pair.value !== null).map((pair) => ({
          tag: "div", key: pair.field.wire, cls: pair.new ? "new" : "", title: pair.field.wire,
          kids: [{ tag: "dt", text: pair.field.label }, { tag: "dd", cls: "num", text: pair.value }],
        })) },
      ]);
      if (rules) putuo.draw.children(rules, frame.rules.map((rule) => ({
        tag: "div", key: rule.name, tone: rule.tone,
        kids: [{ tag: "b", text: rule.name }, { tag: "span", text: rule.words }, { tag: "i", cls: "bar", text: "", vars: { "--w": 100 * rule.share + "%" } }],
      })));
      this.here(frame);
    }

    /** The message in the list below that is shown now. */
    here(frame) {
      for (const jump of document.querySelectorAll(".message [data-x-jump]")) {
        const shown = Math.abs(this.second(jump.dataset.xJump) - frame.t) < 0.002;
        jump.closest(".message").setAttribute("aria-current", String(shown));
      }
    }
    second(iso) {
      return (Date.parse(iso) - Date.parse(this.film.zero)) / 1000;
    }

    step(way) {
      this.pause();
      const frames = this.film.frames;
      if (!frames.length) return;
      this.seek(frames[clamp(this.index(this.t) + way, 0, frames.length - 1)].t);
      this.tell();
    }

    toggle() {
      this.playing ? this.pause() : this.play();
    }
    play() {
      if (this.t >= this.film.until) this.seek(this.film.since);
      let last = performance.now();
      const turn = (now) => {
        if (!this.playing) return;
        this.seek(this.t + ((now - last) / 1000) * this.speed);
        last = now;
        if (this.t >= this.film.until) this.pause();
        else this.playing = requestAnimationFrame(turn);
      };
      this.playing = requestAnimationFrame(turn);
      this.mark();
    }
    pause() {
      if (!this.playing) return;
      cancelAnimationFrame(this.playing);
      this.playing = 0;
      this.mark();
      this.tell();
    }
    mark() {
      const button = this.box.querySelector("[data-film=play]");
      button.firstElementChild.className = "bi bi-" + (this.playing ? "pause" : "play") + "-fill";
      button.setAttribute("aria-label", this.film.words[this.playing ? "pause" : "play"]);
      this.box.dataset.playing = String(Boolean(this.playing));
    }
    faster(speed) {
      this.speed = speed;
      for (const button of this.box.querySelectorAll("[data-speed]")) button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === speed));
    }

    press(event) {
      const button = event.target.closest("button");
      if (!button || !this.film) return;
      if (button.dataset.film === "play") this.toggle();
      else if (button.dataset.film) this.step(button.dataset.film === "next" ? 1 : -1);
      else if (button.dataset.speed) this.faster(Number(button.dataset.speed));
    }

    /** The second that is shown, in the address, so that it can be sent to somebody. */
    tell() {
      if (!this.box.closest(".replay")) return;
      const params = new URLSearchParams(location.search);
      params.set("t", String(Math.round(this.t * 10) / 10));
      history.replaceState(history.state, "", location.pathname + "?" + params);
    }
  }

  function player(panel) {
    const box = document.querySelector(`[data-player="${CSS.escape(panel)}"]`);
    if (!box) return null;
    const known = players.get(panel);
    if (known && known.box === box) return known;
    const made = new Player(box);
    players.set(panel, made);
    return made;
  }

  document.addEventListener("putuo:drawn", ({ detail }) => {
    const drawing = detail.draw && detail.draw.film;
    const found = drawing && drawing.film && player(detail.panel);
    if (found) found.load(drawing.film);
  });
  document.addEventListener("click", (event) => {
    const jump = event.target.closest("[data-x-jump]");
    const first = jump && player("replay");
    if (!first || !first.film) return;
    first.pause();
    first.seek(first.second(jump.dataset.xJump));
    first.tell();
  });
  const KEYS = { " ": (one) => one.toggle(), ArrowLeft: (one) => one.step(-1), ArrowRight: (one) => one.step(1) };
  document.addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("textarea, select, dialog, input:not([type=range])")) return;
    if (event.key === " " && event.target.closest("button, a, summary")) return; // they have a use for it themselves
    const boxes = Array.from(document.querySelectorAll("[data-player]"));
    const box = event.target.closest("[data-player]") || (boxes.length === 1 && boxes[0].closest(".replay") ? boxes[0] : null);
    const found = box && player(box.dataset.player);
    if (!found || !found.film) return;
    event.preventDefault();
    act(found);
  });
})();
