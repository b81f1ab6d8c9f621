/* Which of the modes this page is in, before anything is drawn; and the one namespace of the house's scripts. */
(function () {
  "use strict";
  const root = document.documentElement;
  const query = new URLSearchParams(location.search);
  root.dataset.mode = location.pathname === "/" ? "wall" : "desk";
  if (query.get("kiosk") === "1") root.dataset.kiosk = "1";

  function stored(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage may be switched off by policy
    }
  }
  function store(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      /* the choice then lasts for this page only */
    }
  }
  if (root.dataset.mode === "desk") root.dataset.theme = stored("putuo.theme") || (matchMedia("(max-width: 760px)").matches ? "light" : "dark"); // a phone is read outdoors
  root.dataset.bsTheme = root.dataset.theme || "dark";

  const missing = [
    ["EventSource", "EventSource" in window],
    ["container queries", window.CSS && CSS.supports("container-type", "size")],
    ["color-mix", window.CSS && CSS.supports("color", "color-mix(in srgb, red, blue)")],
  ].filter(([, present]) => !present);
  if (missing.length) {
    root.dataset.old = "1";
    const note = document.createElement("div");
    note.id = "old-browser";
    note.textContent = "浏览器版本过旧，缺少功能 / This browser is too old, it lacks: " + missing.map(([name]) => name).join(", ");
    document.body.prepend(note);
  }

  const putuo = {
    stored,
    store,
    /** Design pixels to CSS pixels: 1 on the desk, root font / 10 on the wall. */
    unit: () => (root.dataset.mode === "wall" ? parseFloat(getComputedStyle(root).fontSize) / 10 : 1),
    /** A word of the page's language, sent by the shell; `{n}`-like places are filled. */
    word(key, values) {
      const shell = document.getElementById("shell");
      if (!shell) return "";
      if (!putuo.words) putuo.words = JSON.parse(shell.dataset.words || "{}");
      return (putuo.words[key] || key).replace(/\{(\w+)\}/g, (_, name) => (values && name in values ? values[name] : ""));
    },
    /** Only our own paths, http(s) and tel; everything else is no link: the rule of components.links.own_href. A browser drops
        tabs and line ends from an address, so nothing that cannot be seen may stand in one. */
    safeHref: (href) => (/^(\/(?![\/\\])|https?:\/\/|tel:)/.test(href) && !/\p{C}|(?! )\p{Z}/u.test(href) ? href : null),
    /** Milliseconds of the server's clock now; the browser's own clock may be wrong. */
    now: () => Date.now() + putuo.skew,
    skew: 0,
  };
  window.putuo = putuo;
})();
