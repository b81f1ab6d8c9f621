/* Dash marks radio buttons and boxes as a list box with inputs inside it, which no screen reader can follow: here they become what they
   look like, a group of native inputs that their fieldset names. */
(function () {
  "use strict";
  const LISTS = '.dash-options-list[role="listbox"]';
  const OPTIONS = '.dash-options-list [role="option"], .dash-options-list [aria-selected]';

  function plain() {
    for (const list of document.querySelectorAll(LISTS)) list.setAttribute("role", list.matches(".dash-radioitems") ? "radiogroup" : "group");
    for (const option of document.querySelectorAll(OPTIONS)) {
      option.removeAttribute("role");
      option.removeAttribute("aria-selected");
    }
  }
  const watched = { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-selected"] };
  new MutationObserver(plain).observe(document.documentElement, watched);
})();
