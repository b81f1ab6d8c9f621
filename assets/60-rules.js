/* The rules page: another threshold empties the form, a version to go back to fills it, a trial that has begun is shown. */
(function () {
  "use strict";
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  let key = new URLSearchParams(location.search).get("key") || undefined;

  document.addEventListener("putuo:query", ({ detail }) => {
    if (location.pathname !== "/rules" || detail.key === key) return;
    key = detail.key;
    setProps("rule--value", { value: "" });
    setProps("rule-why", { value: "" });
    setProps("rule-problem", { children: "" });
    const chosen = document.querySelector(".rules-chosen");
    if (chosen && matchMedia("(max-width: 1100px)").matches) chosen.scrollIntoView({ block: "start" });
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-x-act=revert]");
    if (!button) return;
    setProps("rule--value", { value: String(Number(button.dataset.xValue)) });
    setProps("rule-why", { value: button.dataset.xWhy });
    document.getElementById("rule-why").focus();
  });

  function show(begun) {
    if (begun) putuo.go("/rules?" + new URLSearchParams({ key: begun.key, test: begun.test }));
    return window.dash_clientside.no_update;
  }
  window.dash_clientside = Object.assign({}, window.dash_clientside, { rules: { show } });
})();
