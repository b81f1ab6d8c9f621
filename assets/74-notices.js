/* Notifications: a button of a row, said once a click, to the one callback. */
(function () {
  "use strict";
  const TOLD_MS = 6000;
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  let turn = 0;
  let hiding = 0;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-x-act=notice], [data-x-act=copy-sign]");
    if (!button || button.disabled) return;
    button.disabled = true;
    setTimeout(() => { button.disabled = false; }, 3000);
    const data = { act: button.dataset.xAct, id: button.dataset.xId || "", turn: ++turn };
    setProps("notice-act", { data });
    clearTimeout(hiding);
    hiding = setTimeout(() => { if (document.getElementById("notice-told")) setProps("notice-told", { children: "" }); }, TOLD_MS);
  });
})();
