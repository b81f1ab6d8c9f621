/* The map page: filters over the canvas, where to look, hover text, a click that asks for the device's card. */
(function () {
  "use strict";
  const CODES = { normal: "0", warning: "1", critical: "2", offline: "3", not_fitted: "4", never: "5", silent: "6", disused: "7", unknown: "8" };
  const NAMES = Object.fromEntries(Object.entries(CODES).map(([name, code]) => [code, name]));

  /** Which devices the address asks for; null means all. */
  function wanted(district, params) {
    const { columns, status } = district.devices;
    if (!columns || !status) return null;
    const code = CODES[params.status];
    if (!params.kind && code === undefined && !params.street) return null;
    const street = params.street === "none" ? null : params.street;
    const keep = new Uint8Array(columns.id.length);
    for (let i = 0; i < keep.length; i++) {
      if (params.kind && columns.kind[i] !== params.kind) continue;
      if (code !== undefined && status[i] !== code) continue;
      if (params.street && columns.street[i] !== street) continue;
      keep[i] = 1;
    }
    return keep;
  }

  function apply(district) {
    if (!district || district.wall || !district.box.hasAttribute("data-pickable")) return;
    const keep = wanted(district, putuo.query());
    if (keep || district.devices.wanted) district.devices.setFilter(keep);
    const total = district.devices.columns ? district.devices.columns.id.length : 0;
    const shown = keep ? keep.reduce((sum, one) => sum + one, 0) : total;
    const note = document.getElementById("map-shown");
    if (note && total) note.textContent = putuo.word("map.shown", { shown: shown.toLocaleString(), total: total.toLocaleString() });
  }

  function prepare(district) {
    if (district.prepared || !district.box.hasAttribute("data-pickable")) return;
    district.prepared = true;
    const { map, box } = district;
    const tip = box.querySelector(".map-tip");
    map.on("mousemove", (event) => {
      const i = district.devices.at(event.containerPoint);
      tip.toggleAttribute("data-open", i >= 0);
      if (i < 0) return;
      const { columns, status } = district.devices;
      const words = [columns.name[i], putuo.word("status." + NAMES[status[i]])];
      tip.textContent = words.join(" · ");
      tip.style.left = Math.min(event.containerPoint.x + 14, box.clientWidth - 180) + "px";
      tip.style.top = event.containerPoint.y + 10 + "px";
    });
    map.on("mouseout", () => tip.removeAttribute("data-open"));
    map.on("click", (event) => {
      const i = district.devices.at(event.containerPoint);
      if (i < 0) return;
      const params = new URLSearchParams(location.search);
      params.set("pick", district.devices.columns.code[i]);
      putuo.go(location.pathname + "?" + params);
    });
  }

  /** A chosen street is looked at once, 未定街镇 by its devices, and the district again when nothing is chosen. */
  function follow(district) {
    const { street = "", fit = "" } = putuo.query();
    const wanted = fit === "all" && !street ? "all" : street;
    if (!district || !district.bounds || !district.devices.columns || wanted === (district.box.dataset.looks || "")) return;
    district.box.dataset.looks = wanted;
    if (wanted === "none" || wanted === "all") district.lookAtDevices();
    else if (wanted) district.lookAtStreet(wanted);
    else district.home();
  }

  document.addEventListener("putuo:map", (event) => {
    prepare(event.detail);
    apply(event.detail);
    follow(event.detail);
  });
  document.addEventListener("putuo:query", () => {
    const district = putuo.map.current;
    apply(district);
    follow(district);
    if (district) district.outside();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-look]");
    if (!button || !putuo.map.current) return;
    if (button.dataset.look === "all") putuo.map.current.lookAtDevices();
    else putuo.map.current.home();
  });
})();
