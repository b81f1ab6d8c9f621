/* Quarantine: the dialog that asks why something is to be tried again, and the search box that writes the address. */
(function () {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-x-act=replay]");
    const dialog = $("#replay-refused");
    if (!button || !dialog) return;
    setProps("replay-refused-chosen", { data: button.dataset.xId || "" });
    setProps("replay-refused-problem", { children: "" });
    $("#replay-refused-what").textContent = button.dataset.xTitle;
    dialog.showModal();
    $("#replay-refused-why").focus();
  });

  function requested(result) {
    if (!result || !result.ok) return "";
    const dialog = $("#replay-refused");
    if (dialog && dialog.open) dialog.close();
    setProps("replay-refused-why", { value: "" });
    putuo.stream.refreshAll();
    return String(result.turn);
  }

  let typing = 0;
  document.addEventListener("input", (event) => {
    if (event.target.id !== "replay-refused-search") return;
    clearTimeout(typing);
    typing = setTimeout(() => {
      const { before, id, q, ...rest } = putuo.query();
      const words = event.target.value.trim();
      const query = new URLSearchParams(words ? { ...rest, q: words } : rest).toString();
      putuo.go(location.pathname + (query ? "?" + query : ""));
    }, 350);
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { quarantine: { requested } });
})();
