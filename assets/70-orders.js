/* Work orders: clocks by the server's time, rows that are chosen and taken together with ten seconds to undo, kept filters. */
(function () {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const UNDO_MS = 10000;
  const TOLD_MS = 6000;
  const WARN = [0.5, 2 / 3, 5 / 6]; // of the time there is: a rescue's 15, 20 and 25 of 30 minutes
  const TOGETHER = ["accept", "verify", "dispatch", "assign"];

  const words = (key, values) => {
    const source = $("#step-words");
    if (!source) return key;
    source.putuoWords = source.putuoWords || JSON.parse(source.dataset.words);
    return (source.putuoWords[key] || key).replace(/\{(\w+)\}/g, (_, name) => (values && name in values ? values[name] : ""));
  };

  /* Clocks: what is left, or by how much it is over; nothing is counted where the server's clock is unknown */
  const pad = (number) => String(number).padStart(2, "0");
  function length(ms) {
    const seconds = Math.floor(Math.abs(ms) / 1000);
    const hours = Math.floor(seconds / 3600);
    if (hours >= 48) return putuo.word("orders.script_days_hours", { d: Math.floor(hours / 24), h: hours % 24 });
    const rest = pad(Math.floor(seconds / 60) % 60) + ":" + pad(seconds % 60);
    return hours ? hours + ":" + rest : rest;
  }
  function clock(element) {
    const due = Date.parse(element.dataset.xDue);
    const started = Date.parse(element.dataset.xStarted);
    const at = element.dataset.xPaused ? Date.parse(element.dataset.xPaused) : putuo.now();
    const left = due - at;
    const word = element.dataset.xPaused ? "orders.script_paused" : left < 0 ? "orders.script_over" : "orders.script_left";
    const text = putuo.word(word) + " " + length(left);
    if (element.textContent !== text) element.textContent = text;
    const gone = (at - started) / (due - started);
    const tone = element.dataset.xPaused ? "vio" : left < 0 ? "crit" : gone >= WARN[1] ? "major" : gone >= WARN[0] ? "warn" : "info";
    if (element.dataset.tone !== tone) element.dataset.tone = tone;
  }
  const clocks = () => document.querySelectorAll("[data-x-due]").forEach(clock);
  setInterval(clocks, 500);

  /* What was answered, and by whom it was forestalled */
  let hiding = 0;
  function tell(text, bad) {
    const box = $("#orders-told");
    if (!box) return;
    box.textContent = text;
    box.dataset.open = text ? "1" : "";
    box.dataset.tone = bad ? "warn" : "ok";
    clearTimeout(hiding);
    if (text && !bad) hiding = setTimeout(() => tell(""), TOLD_MS);
  }

  let turn = 0;
  /** Steps, and beside them alarms to take note of, copies to sign, tasks that are done with a note. */
  function send(acts, beside) {
    setProps("order-act", { data: { turn: ++turn + ":" + Date.now(), acts, ...beside } });
  }
  function answered(result) {
    if (!result || !result.answers) return "";
    const failed = result.answers.filter((answer) => !answer.ok);
    const dialog = $("#step");
    const problem = failed.map((answer) => answer.why).join("\n");
    if (dialog && dialog.open) {
      if (failed.length) setProps("step-problem", { children: problem });
      else dialog.close();
    }
    if (failed.length) tell(Array.from(new Set(failed.map((answer) => answer.why))).join(" · "), true);
    else tell(words("orders.done", { n: result.answers.length }));
    document.dispatchEvent(new CustomEvent("putuo:taken", { detail: result }));
    putuo.stream.refreshAll();
    return String(result.turn);
  }

  /* Rows: chosen with x or a click on their box; a choice outlives a refresh, and ends with the row */
  const chosen = new Map(); // order → what its row says
  const rows = () => Array.from(document.querySelectorAll(".order-item, .order-card"));
  const current = () => document.activeElement && document.activeElement.closest(".order-item, .order-card");
  const about = (row) => ({ ...row.dataset, steps: (row.dataset.xSteps || "").split(",").filter(Boolean) });
  function choose(row) {
    if (!row || row.dataset.xClosed === "1") return;
    const order = row.dataset.xOrder;
    if (!chosen.delete(order)) chosen.set(order, about(row));
    bar();
  }
  function clear() {
    chosen.clear();
    bar();
  }
  function bar() {
    const box = $("#orders-bulk");
    if (!box) return;
    for (const row of rows()) {
      const on = chosen.has(row.dataset.xOrder);
      row.toggleAttribute("data-chosen", on);
      const tick = row.querySelector(".tick");
      if (tick) tick.setAttribute("aria-checked", String(on));
      if (on) chosen.set(row.dataset.xOrder, about(row));
    }
    box.toggleAttribute("data-open", chosen.size > 0);
    box.querySelector(".bulk-count").textContent = words("orders.chosen", { n: chosen.size });
    putuo.draw.children(box.querySelector(".bulk-acts"), offers());
  }
  function offers() {
    const of = (test) => Array.from(chosen.values()).filter(test).length;
    const steps = TOGETHER.map((step) => [step, words("step." + step), of((row) => row.steps.includes(step))]);
    const alarms = $("#orders-bulk").dataset.mayAcknowledge === "1" ? of((row) => row.xAlarm) : 0;
    const all = [...steps, ["acknowledge", words("orders.acknowledge"), alarms]].filter(([, , count]) => count);
    return all.map(([name, text, count]) => ({ tag: "button", cls: "solid", key: name, text: `${text} ${count}`, data: { together: name } }));
  }

  /* Many at once: nothing is sent for ten seconds, so that it can be taken back without a trace in anybody's log */
  let pending = null;
  function together(name, proof) {
    const of = Array.from(chosen.values()).filter((row) => (name === "acknowledge" ? row.xAlarm : row.steps.includes(name)));
    if (!of.length) return;
    if (pending) commit();
    const acts = name === "acknowledge" ? [] : of.map((row) => ({ order: Number(row.xOrder), seen: Number(row.xSeen), step: name, proof: proof || {} }));
    const alarms = name === "acknowledge" ? of.map((row) => Number(row.xAlarm)) : [];
    const what = name === "acknowledge" ? words("orders.acknowledge") : words("step." + name);
    pending = { acts, alarms, what, count: of.length, until: performance.now() + UNDO_MS };
    pending.timer = setInterval(waiting, 250);
    clear();
    waiting();
  }
  function waiting() {
    const box = $("#orders-pending");
    if (!pending || !box) return;
    const left = Math.max(Math.ceil((pending.until - performance.now()) / 1000), 0);
    box.toggleAttribute("data-open", true);
    box.querySelector(".pending-words").textContent = words("orders.pending", { what: pending.what, n: pending.count, s: left });
    if (performance.now() >= pending.until) commit();
  }
  function over() {
    const held = pending;
    if (held) clearInterval(held.timer);
    pending = null;
    const box = $("#orders-pending");
    if (box) box.removeAttribute("data-open");
    return held;
  }
  function commit() {
    const held = over();
    if (held) send(held.acts, { alarms: held.alarms });
  }
  function undo() {
    if (over()) tell(words("orders.undone"));
  }
  window.addEventListener("beforeunload", (event) => {
    if (pending) event.preventDefault(); // the browser asks: what waits is not sent by leaving
  });

  document.addEventListener("click", (event) => {
    const tick = event.target.closest(".tick");
    if (tick) choose(tick.closest(".order-item"));
    const step = event.target.closest("[data-x-together]");
    if (step && ["dispatch", "assign"].includes(step.dataset.xTogether)) ask(step.dataset.xTogether);
    else if (step) together(step.dataset.xTogether);
    if (event.target.closest("[data-act=orders-clear]")) clear();
    if (event.target.closest("[data-act=orders-undo]")) undo();
    if (event.target.closest("[data-act=orders-now]")) commit();
    if (event.target.closest("[data-act=print]")) window.print();
    if (event.target.closest("#orders-told")) tell("");
    const copy = event.target.closest("[data-x-act=copy-read]");
    if (copy) send([], { copies: [Number(copy.dataset.xId)] });
    const task = event.target.closest("[data-x-act=task-done]");
    if (task) putuo.steps.open({ step: "task", welcome: "note", title: task.dataset.xWhat }, ({ note }) => send([], { tasks: [{ task: Number(task.dataset.xId), note }] }));
  });
  const NEEDS = { assign: "assignee", dispatch: "unit,reason" };
  /** What many orders are to be given is asked for once, with the choices of the page. */
  function ask(name) {
    const of = Array.from(chosen.values()).filter((row) => row.steps.includes(name));
    const offered = JSON.parse($("[data-choices]").dataset.choices);
    const choices = { ...offered, unit: fitting(offered.unit, of) };
    putuo.steps.open({ step: name, needs: NEEDS[name], title: words("orders.chosen", { n: of.length }), choices }, (proof) => together(name, proof));
  }
  /** Who can act on all that was chosen, with how far the farthest of it is and what no contract covers; whom nothing speaks against first. */
  function fitting(units, rows) {
    return units
      .filter(({ kinds }) => rows.every((row) => kinds.includes(row.xKind)))
      .map((unit) => {
        const metres = unit.place ? Math.max(...rows.filter((row) => row.xPlace).map((row) => apart(unit.place, row.xPlace.split(",").map(Number)))) : NaN;
        const foreign = unit.maintainer ? rows.filter((row) => row.xMaintainer !== String(unit.maintainer)).length : 0;
        const said = [far(metres), unit.hint, foreign ? words("orders.without_contract", { n: foreign }) : ""].filter(Boolean);
        return { ...unit, metres, foreign, against: unit.against || foreign > 0, hint: said.join(" · ") };
      })
      .sort((a, b) => a.against - b.against || a.foreign - b.foreign || (a.metres || Infinity) - (b.metres || Infinity) || 0);
  }
  function far(metres) {
    if (!Number.isFinite(metres)) return "";
    return metres < 1000 ? words("orders.farthest", { n: Math.round(metres) }) : words("orders.farthest_km", { n: (metres / 1000).toFixed(1) });
  }
  /** Metres over the ground; within a district the earth is flat. */
  function apart([lng, lat], [there, north]) {
    const DEGREE_M = 111195;
    return DEGREE_M * Math.hypot((there - lng) * Math.cos((lat * Math.PI) / 180), north - lat);
  }

  /* Keyboard: j and k walk, x chooses, a accepts, Enter opens */
  function move(step) {
    const all = rows();
    if (!all.length) return;
    const row = all[Math.min(Math.max(all.indexOf(current()) + step, 0), all.length - 1)];
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }
  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    x: () => choose(current()),
    a: () => {
      const row = current();
      if (row && about(row).steps.includes("accept")) putuo.steps.atOnce(row.dataset, "accept");
    },
    Enter: () => {
      const link = current() && current().querySelector("a.open");
      if (link) location.assign(link.href);
    },
  };
  document.addEventListener("keydown", (event) => {
    if (!rows().length || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, dialog, button, a, [contenteditable]") && event.key === "Enter") return;
    if (event.target.closest("input, textarea, select, dialog, [contenteditable]") || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  document.addEventListener("putuo:drawn", (event) => {
    clocks();
    if (event.detail.panel !== "work-orders") return;
    const here = new Set(rows().map((row) => row.dataset.xOrder));
    for (const order of chosen.keys()) if (!here.has(order)) chosen.delete(order);
    bar();
  });
  document.addEventListener("putuo:query", clear);

  /* The search box writes the address; a page of the list begins again */
  let typing = 0;
  document.addEventListener("input", (event) => {
    if (event.target.id !== "orders-search") return;
    clearTimeout(typing);
    typing = setTimeout(() => {
      const { page, q, ...rest } = putuo.query();
      const said = event.target.value.trim();
      const query = new URLSearchParams(said ? { ...rest, q: said } : rest).toString();
      putuo.go(location.pathname + (query ? "?" + query : ""));
    }, 300);
  });

  /* Kept filters */
  document.addEventListener("click", (event) => {
    const name = $("#orders-save-name");
    if (event.target.closest("[data-act=orders-save]") && name && name.value.trim()) {
      const { page, ...rest } = putuo.query();
      setProps("orders-saved-act", { data: { name: name.value.trim(), query: new URLSearchParams(rest).toString(), at: Date.now() } });
      setProps("orders-save-name", { value: "" });
    }
    const forget = event.target.closest("[data-x-forget]");
    if (forget) setProps("orders-saved-act", { data: { forget: forget.dataset.xForget, at: Date.now() } });
  });
  function saved(data) {
    const box = $("#orders-saved");
    if (!box || !data) return "";
    if (data.problem) tell(data.problem, true);
    const chips = data.filters.map(({ name, query }) => ({
      tag: "span",
      cls: "saved",
      key: name,
      kids: [
        { tag: "a", cls: "chip", text: name, href: location.pathname + (query ? "?" + query : "") },
        { tag: "button", cls: "forget", label: words("orders.saved_forget", { name }), data: { forget: name }, kids: [{ tag: "i", cls: "bi bi-x", text: "" }] },
      ],
    }));
    const head = { tag: "h3", key: "head", text: words("orders.saved") };
    putuo.draw.children(box, chips.length ? [head, { tag: "div", cls: "chips", key: "chips", kids: chips }] : []);
    return String(Date.now());
  }

  putuo.orders = { send, tell, words };
  window.dash_clientside = Object.assign({}, window.dash_clientside, { orders: { answered, saved } });
})();
