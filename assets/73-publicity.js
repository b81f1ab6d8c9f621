/* The dialog that says what publicity was done at a site. */
(function () {
  "use strict";
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);

  document.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-x-act=publicity]");
    if (!asked) return;
    setProps("publicity-chosen", { data: Number(asked.dataset.xId) });
    setProps("publicity-problem", { children: "" });
    document.getElementById("publicity-what").textContent = asked.dataset.xTitle;
    document.getElementById("publicity-dialog").showModal();
    document.getElementById("publicity-note").focus();
  });

  function recorded(result) {
    if (!result || !result.ok) return "";
    document.getElementById("publicity-dialog").close();
    setProps("publicity-note", { value: "" });
    putuo.stream.refreshAll();
    return String(result.turn);
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { publicity: { recorded } });
})();
