/* The desk's hands: filters in the address, keyboard, the dialog of acknowledgement, theme, siren, watermark. */
(function () {
  "use strict";
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const $ = (selector) => document.querySelector(selector);

  /* Filters: a chip is a link; the page it leads to is drawn in place, and the address always tells the whole truth. */
  function query() {
    return Object.fromEntries(new URLSearchParams(location.search));
  }
  function follow() {
    const params = query();
    for (const section of document.querySelectorAll("[data-follow]")) {
      const panel = section.dataset.panel;
      setProps({ type: "params", panel }, { data: { ...params, ...JSON.parse(section.dataset.follow) } });
      putuo.stream.refresh(panel);
    }
    document.dispatchEvent(new CustomEvent("putuo:query", { detail: params }));
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#export");
    if (link) link.href = link.dataset.path + location.search;
  });
  function go(href) {
    history.pushState(null, "", href);
    follow();
  }
  putuo.go = go;
  putuo.query = query;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.chip, a.turn");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = new URL(link.href, location.href);
    if (target.origin !== location.origin || target.pathname !== location.pathname) return;
    event.preventDefault();
    go(target.pathname + target.search);
  });
  window.addEventListener("popstate", follow);

  /* Filters take a whole phone screen: they stay folded there until somebody wants them */
  const folding = setInterval(() => {
    const folds = document.querySelectorAll(".filters-fold");
    if (!folds.length) return;
    clearInterval(folding);
    if (matchMedia("(max-width: 760px)").matches) folds.forEach((fold) => (fold.open = false));
  }, 100);
  setTimeout(() => clearInterval(folding), 10000);

  /* The language form and sign-in come back to the address that is shown now */
  document.addEventListener("submit", (event) => {
    const next = event.target.querySelector("input[name=next]");
    if (next) next.value = location.pathname + location.search;
  });

  /* Theme */
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-act=theme]")) return;
    putuo.store("putuo.theme", document.documentElement.dataset.theme === "light" ? "dark" : "light");
    location.reload();
  });

  /* Acknowledgement and verdict share one dialog: "corrects" is set where the alarm was taken note of already */
  function acknowledge({ xAct, xId, xTitle, xSeen }) {
    const dialog = $("#acknowledge");
    if (!dialog || !xId) return;
    setProps("acknowledge-alarm", { data: Number(xId) });
    setProps("acknowledge-corrects", { data: xAct === "judge" ? { seen: xSeen || "" } : null });
    setProps("acknowledge-verdict", { value: xSeen || "" });
    setProps("acknowledge-problem", { children: "" });
    dialog.dataset.act = xAct;
    $("#acknowledge-what").textContent = xTitle;
    dialog.showModal();
    dialog.querySelector(`input[type=radio][value="${xSeen || ""}"]`).focus();
  }
  /* In the dialog: 1 to 3 and 0 say the verdict, Enter takes it; a text field keeps its digits, a text area its lines */
  const VERDICTS = { 1: "confirmed", 2: "false", 3: "drill", 0: "" };
  document.addEventListener("keydown", (event) => {
    const dialog = event.target.closest("#acknowledge");
    if (!dialog || event.isComposing || event.altKey) return;
    const text = event.target.closest("textarea, input:not([type=radio])");
    if (event.key in VERDICTS && !text && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      setProps("acknowledge-verdict", { value: VERDICTS[event.key] });
      dialog.querySelector(`input[type=radio][value="${VERDICTS[event.key]}"]`).focus();
    } else if (event.key === "Enter" && !event.target.closest("button") && (event.ctrlKey || !event.target.closest("textarea"))) {
      event.preventDefault();
      $("#acknowledge-confirm").click();
    }
  });
  function acknowledged(result) {
    if (!result || !result.ok) return "";
    const dialog = $("#acknowledge");
    if (dialog && dialog.open) dialog.close();
    setProps("acknowledge-note", { value: "" });
    putuo.stream.refreshAll();
    return String(result.id);
  }
  const selected = () => document.activeElement && document.activeElement.closest(".al-item");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-x-act=acknowledge], [data-x-act=judge]");
    if (button) acknowledge(button.dataset);
    if (event.target.closest("[data-act=close]")) event.target.closest("dialog").close();
    if (event.target.closest("[data-act=keys]")) $("#keys").showModal();
  });

  /* Keyboard */
  const GO = { o: "/", m: "/map", w: "/work-orders", d: "/desk", a: "/alarms", e: "/equipment", t: "/truth", r: "/rules", u: "/duty" };
  let after = "";
  function move(step) {
    const rows = Array.from(document.querySelectorAll(".al-item"));
    if (!rows.length) return;
    const row = rows[Math.min(Math.max(rows.indexOf(selected()) + step, 0), rows.length - 1)];
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }
  function act(name) {
    const button = selected() && selected().querySelector(`[data-x-act=${name}]`);
    if (button) button.click();
    return Boolean(button);
  }
  const KEYS = {
    "/": () => ($("#search, #orders-search") ? $("#search, #orders-search").focus() : location.assign("/equipment?focus=1")),
    j: () => move(1),
    k: () => move(-1),
    a: () => act("acknowledge"),
    v: () => act("judge") || act("acknowledge"),
    e: () => $("#export") && $("#export").click(),
    "?": () => $("#keys") && $("#keys").showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
    if (after === "g" && GO[event.key]) {
      event.preventDefault();
      location.assign(GO[event.key]);
      return;
    }
    after = event.key;
    if (KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });

  /* Siren: two tones every six seconds while trapped people are not acknowledged, one short low one every twelve for a grave fault
     in an empty car; a mute is visible and expires. */
  const MUTE_MS = 600000;
  const SOUNDS = {
    siren: { every: 6000, tones: [[880, 0], [660, 0.32]], seconds: 0.28 },
    "siren-fault": { every: 12000, tones: [[440, 0]], seconds: 0.12 },
  };
  let audio = null;
  let rung = 0;
  const mutedFor = () => Math.max(Number(putuo.stored("putuo.mute") || 0) - Date.now(), 0);
  function tone(frequency, start, seconds) {
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0.0001, start);
    gain.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + seconds);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(start);
    oscillator.stop(start + seconds + 0.02);
  }
  function ring(name) {
    const sound = SOUNDS[name];
    if (Date.now() - rung < sound.every) return;
    rung = Date.now();
    performance.mark(name);
    if (!audio && navigator.userActivation && !navigator.userActivation.hasBeenActive && !document.documentElement.dataset.kiosk) return;
    audio = audio || new AudioContext();
    if (audio.state === "suspended") audio.resume();
    for (const [frequency, after] of sound.tones) tone(frequency, audio.currentTime + after, sound.seconds);
  }
  let loudest = "";
  function siren() {
    const box = $("#siren");
    if (!box) return;
    const waiting = ($("#siren-state--ids") || box).dataset;
    const count = (list) => (list ? list.split(",").length : 0);
    const trapped = count(waiting.ids);
    const faults = count(waiting.faults);
    box.toggleAttribute("data-open", trapped + faults > 0);
    box.dataset.rings = trapped ? "trapped" : "fault";
    const short = document.querySelector(".wall") ? "_short" : ""; // its header has little room
    const words = [];
    if (trapped) words.push(putuo.word("alarms.new_entrapment" + short) + " " + trapped);
    if (faults) words.push(putuo.word("alarms.new_fault" + short) + " " + faults);
    const left = mutedFor();
    $("#siren-words").textContent = words.join(" · ");
    $("#siren-mute").textContent = left ? putuo.word("alarms.muted", { minutes: Math.ceil(left / 60000) }) : putuo.word("alarms.mute");
    const name = trapped ? "siren" : "siren-fault";
    if (name !== loudest) rung = 0; // who is trapped does not wait for the pause of a lesser sound
    loudest = name;
    if (trapped + faults && !left) ring(name);
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#siren-mute")) return;
    putuo.store("putuo.mute", mutedFor() ? "0" : String(Date.now() + MUTE_MS));
    siren();
  });
  setInterval(siren, 1000);

  /* Watermark: who looked, and when; a picture, so that nobody reads it aloud */
  function watermark() {
    const sheet = $(".watermark");
    if (!sheet) return;
    const here = new Date(putuo.now() + 8 * 3600 * 1000).toISOString().slice(0, 16).replace("T", " ");
    const text = sheet.dataset.text + " " + here;
    if (sheet.dataset.drawn === text) return;
    sheet.dataset.drawn = text;
    const tile = document.createElement("canvas");
    tile.width = 360;
    tile.height = 170;
    const pen = tile.getContext("2d");
    pen.font = "14px " + getComputedStyle(document.body).fontFamily;
    pen.fillStyle = getComputedStyle(sheet).color;
    pen.translate(20, 120);
    pen.rotate(-0.31);
    pen.fillText(text, 0, 0);
    sheet.style.backgroundImage = `url(${tile.toDataURL()})`;
  }
  setInterval(watermark, 30000);
  setTimeout(watermark, 1500);

  window.dash_clientside = Object.assign({}, window.dash_clientside, { desk: { acknowledged } });
})();
