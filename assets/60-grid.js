/* The equipment list: a new filter empties the grid's cache, the search box writes the address, a row opens its dossier. */
(function () {
  "use strict";
  const grid = () => {
    try {
      return window.dash_ag_grid && window.dash_ag_grid.getApi("equipment-grid");
    } catch {
      return null; // not mounted yet
    }
  };
  document.addEventListener("putuo:query", () => {
    const api = grid();
    if (api) api.purgeInfiniteCache();
  });

  let typing = 0;
  document.addEventListener("input", (event) => {
    if (event.target.id !== "search") return;
    clearTimeout(typing);
    typing = setTimeout(() => {
      const params = new URLSearchParams(location.search);
      params.delete("focus");
      if (event.target.value.trim()) params.set("q", event.target.value.trim());
      else params.delete("q");
      const text = params.toString();
      putuo.go(location.pathname + (text ? "?" + text : ""));
    }, 250);
  });

  function open(selected) {
    const row = selected && selected[0];
    if (row && row.code) location.assign("/equipment/" + encodeURIComponent(row.code));
    return window.dash_clientside.no_update;
  }

  const ready = setInterval(() => {
    const box = document.getElementById("search");
    if (!box) return;
    clearInterval(ready);
    if (putuo.query().focus) box.focus();
  }, 200);
  setTimeout(() => clearInterval(ready), 10000);

  window.dash_clientside = Object.assign({}, window.dash_clientside, { grid: { open } });
})();
