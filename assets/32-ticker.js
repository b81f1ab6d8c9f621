/* The line at the bottom of the wall runs only when it is longer than its window, and always at the same speed. */
(function () {
  "use strict";
  const SPEED = 90; // design pixels a second

  function measure() {
    const line = document.getElementById("ticker--line");
    if (!line) return;
    const length = line.scrollWidth;
    const room = line.parentElement.clientWidth;
    line.toggleAttribute("data-runs", length > room);
    line.style.setProperty("--lap", Math.round((length + room) / (SPEED * putuo.unit())) + "s");
  }

  document.addEventListener("putuo:drawn", (event) => {
    if (event.detail.panel === "ticker") measure();
  });
  window.addEventListener("resize", measure);
  document.fonts.ready.then(measure);
})();
