/* The truth board's dialogs: writing down what no alarm reported, and taking a record back. */
(function () {
  "use strict";
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const FIELDS = ["missed-machine", "missed-family", "missed-when", "missed-by", "missed-note"];

  function open(dialog, first) {
    dialog.showModal();
    dialog.querySelector(first).focus();
  }
  document.addEventListener("click", (event) => {
    const withdraw = event.target.closest("[data-x-act=withdraw]");
    if (event.target.closest("[data-act=record-missed]")) {
      setProps("missed-problem", { children: "" });
      open(document.getElementById("missed"), "#missed-machine");
    }
    if (!withdraw) return;
    setProps("withdraw-number", { data: Number(withdraw.dataset.xId) });
    setProps("withdraw-problem", { children: "" });
    document.getElementById("withdraw-what").textContent = withdraw.dataset.xTitle;
    open(document.getElementById("withdraw"), "#withdraw-note");
  });
  function recorded(...results) {
    if (!results.some((result) => result && result.ok)) return "";
    for (const id of ["missed", "withdraw"]) {
      const dialog = document.getElementById(id);
      if (dialog && dialog.open) dialog.close();
    }
    for (const id of [...FIELDS, "withdraw-note"]) setProps(id, { value: "" });
    putuo.stream.refreshAll();
    return String(Date.now());
  }

  /* A figure that leads to what was missed: the list has its place only when everything above it is drawn */
  const above = new Set(["truth", "truth-load", "truth-actors", "truth-missed"]);
  document.addEventListener("putuo:drawn", (event) => {
    const place = document.getElementById("truth-missed");
    if (location.hash === "#truth-missed" && above.delete(event.detail.panel) && place) place.scrollIntoView({ block: "start" });
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { truth: { recorded } });
})();
