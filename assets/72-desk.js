/* The duty officer's desk: one key to act, the form for a call, drills; every answer is said in one line at the foot of the page. */
(function () {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const SAID_MS = 6000;
  const FIELDS = ["intake-search", "intake-reporter", "intake-phone", "intake-when", "intake-words", "drill-name"];

  let hiding = 0;
  function say(words, bad) {
    const box = $("#desk-said");
    if (!box) return;
    box.textContent = words;
    box.dataset.tone = bad ? "warn" : "ok";
    clearTimeout(hiding);
    hiding = setTimeout(() => (box.textContent = ""), SAID_MS);
  }
  function done() {
    const [{ value: result } = {}] = window.dash_clientside.callback_context.triggered; // the answer that came just now
    if (!result || !result.words) return "";
    const open = document.querySelectorAll("#intake[open], #drill[open], #drill-end[open]");
    if (result.ok && open.length) {
      open.forEach((dialog) => dialog.close());
      clear();
    }
    say(result.words, !result.ok);
    putuo.stream.refreshAll();
    return String(result.turn);
  }
  function clear() {
    for (const id of FIELDS) if (document.getElementById(id)) setProps(id, { value: "" });
    if (!$("#intake")) return;
    setProps("intake-drill", { value: [] });
    setProps("intake-text", { data: "" });
  }

  /* A call is answered by its own line, the line in focus, or the first that rings */
  let turn = 0;
  function answer(button) {
    setProps("desk-act", { data: { id: Number(button.dataset.xId), turn: ++turn } });
  }
  function act() {
    const line = (document.activeElement && document.activeElement.closest(".desk-item")) || $('.desk-item[data-x-rings="1"]');
    const next = line && line.querySelector(".next");
    if (next) next.click();
  }

  /* The form: a machine is chosen among those that were found; another search chooses anew */
  function choose(offer) {
    setProps("intake-machine", { data: offer.dataset.code });
    for (const each of document.querySelectorAll(".intake-offer")) each.setAttribute("aria-pressed", String(each === offer));
  }
  function open(id, focus) {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.open) return;
    for (const problem of dialog.querySelectorAll(".problem")) setProps(problem.id, { children: "" });
    if (id === "intake") dialog.toggleAttribute("data-drill", Boolean($(".drill-banner .drill")));
    dialog.showModal();
    const first = dialog.querySelector(focus);
    if (first) first.focus();
  }
  document.addEventListener("click", (event) => {
    const call = event.target.closest("[data-x-act=answer]");
    const offer = event.target.closest(".intake-offer");
    if (call) answer(call);
    if (offer) choose(offer);
    if (event.target.closest("[data-act=intake]")) open("intake", "#intake-search");
    if (event.target.closest("[data-act=drill-start]")) open("drill", "#drill-name");
    if (event.target.closest("[data-x-act=drill-stop]")) open("drill-end", "#drill-stop");
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.metaKey) return;
    const dialog = event.target.closest("dialog");
    if (dialog && dialog.id === "intake" && event.key === "Enter") {
      if (event.ctrlKey) {
        event.preventDefault();
        $("#intake-confirm").click();
      } else if (event.target.id === "intake-search") {
        event.preventDefault();
        const only = document.querySelectorAll(".intake-offer");
        if (only.length) only[0].focus();
      }
      return;
    }
    if (event.ctrlKey || !$(".desk-page") || event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
    const keys = { a: act, n: () => open("intake", "#intake-search") };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { incidents: { done } });
})();
