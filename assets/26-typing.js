/* Fields that search while somebody types. Dash's own pause before it asks moves the caret under fast fingers, or a scanner: the pause
   is taken here, and the text goes to a Store that the search listens to. */
(function () {
  "use strict";
  const PAUSE_MS = 200;
  const ASKS = { "intake-search": "intake-text", "missed-machine": "missed-text", "feedback-machine": "feedback-text" }; // field → Store

  const asking = {};
  document.addEventListener("input", (event) => {
    const { id, value } = event.target;
    if (!ASKS[id]) return;
    clearTimeout(asking[id]);
    asking[id] = setTimeout(() => window.dash_clientside.set_props(ASKS[id], { data: value }), PAUSE_MS);
  });
})();
