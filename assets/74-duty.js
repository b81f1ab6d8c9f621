/* The duty page: its forms, and the teams of the list as marks on the map. */
(function () {
  "use strict";
  const $ = (selector, within) => (within || document).querySelector(selector);
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const PREFIX = "duty-";
  let about = {}; // what the open dialog is about: a team's or a shift's number, a unit
  let turn = 0;

  /* Dialogs: a button says its form and what it knows, and the fields take it over */
  const inputs = (dialog) => Array.from(dialog.querySelectorAll("input[id*='--']")).filter((each) => each.id.startsWith(dialog.id + "--"));
  const field = (dialog, input) => input.id.slice(dialog.id.length + 2);

  function open(form, known) {
    const dialog = $("#" + PREFIX + form);
    if (!dialog) return;
    about = { form, id: known.xId || null, unit: known.xUnit || null };
    for (const input of inputs(dialog)) setProps(input.id, { value: known["x" + capital(field(dialog, input))] || usual(field(dialog, input)) });
    if (form === "team" && known.xUnit) setProps("duty-teams--unit", { value: Number(known.xUnit) });
    $(".problem", dialog).textContent = "";
    dialog.showModal();
    const first = inputs(dialog)[0];
    if (first) first.focus();
  }
  const capital = (name) => name.charAt(0).toUpperCase() + name.slice(1);

  /** What an empty field begins with: a shift of twelve hours from the next full hour, room for two orders. */
  function usual(name) {
    const hour = new Date(Math.ceil(Date.now() / 3600e3) * 3600e3);
    const shanghai = (moment) => new Date(moment.getTime() + 8 * 3600e3).toISOString().slice(0, 16).replace("T", " ");
    if (name === "starts_at") return shanghai(hour);
    if (name === "ends_at") return shanghai(new Date(hour.getTime() + 12 * 3600e3));
    return name === "capacity" ? "2" : "";
  }

  function ask(form, values, id) {
    const radio = $("#duty-post input[type=radio]:checked");
    const kinds = Array.from(document.querySelectorAll("#duty-kinds input:checked"), (each) => each.value);
    turn += 1;
    setProps("duty-asked", { data: { form, id, unit: about.unit, post: radio ? radio.value : null, kinds, values, turn: Date.now() + "." + turn } });
  }

  /** A last question before something is taken away. */
  function sure(form, button) {
    about = { form, id: button.dataset.xId };
    const dialog = $("#duty-sure");
    $(".duty-what", dialog).textContent = button.dataset.xTitle + "：" + button.textContent.replace("×", button.getAttribute("aria-label") || "");
    $(".problem", dialog).textContent = "";
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act=duty], [data-x-act=duty]");
    if (button) return open(button.dataset.form || button.dataset.xForm, button.dataset);
    const away = event.target.closest("[data-x-act=duty-remove], [data-x-act=duty-close]");
    if (away) return sure(away.dataset.xAct.slice(PREFIX.length), away);
    const confirm = event.target.closest("[data-act=duty-confirm]");
    if (!confirm) return undefined;
    const dialog = confirm.closest("dialog");
    return ask(about.form, Object.fromEntries(inputs(dialog).map((each) => [field(dialog, each), each.value])), about.id);
  });
  document.addEventListener("keydown", (event) => {
    const dialog = event.target.closest(".duty-dialog");
    if (!dialog || event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") return;
    const confirm = $("[data-act=duty-confirm]", dialog);
    if (confirm) confirm.click();
  });

  function answered(result) {
    const dialog = $(".duty-dialog[open]");
    if (!result || !dialog) return "";
    $(".problem", dialog).textContent = result.said || "";
    if (!result.ok) return result.turn;
    setProps("duty-file", { contents: null });
    putuo.stream.refreshAll();
    if (!result.said) dialog.close();
    return result.turn;
  }

  /* The map: one mark a team, where the list has one */
  const marks = new Map();
  let canvas = null;

  function mark(map, row) {
    const { xTeam, xLng, xLat, tone } = row.dataset;
    const key = xTeam + "/" + xLng + "/" + xLat;
    let known = marks.get(key);
    if (!known) {
      known = L.marker([Number(xLat), Number(xLng)], { pane: "teams", keyboard: false, icon: L.divIcon({ className: "team-mark", html: document.createElement("i"), iconSize: null }) }).addTo(map);
      known.on("click", () => $(`.duty-row[data-x-team="${xTeam}"]`)?.click());
      marks.set(key, known);
    }
    const element = known.getElement();
    element.dataset.tone = tone;
    element.title = $("b", row).textContent;
    element.toggleAttribute("data-chosen", row.getAttribute("aria-current") === "true");
    return key;
  }

  function place() {
    const box = $("[data-map=teams]");
    const district = putuo.map.current;
    if (!box || !district || district.box !== box) return box ? setTimeout(place, 100) : undefined;
    if (canvas !== district.map) {
      canvas = district.map;
      marks.clear();
      const pane = canvas.createPane("teams");
      pane.style.zIndex = 520;
    }
    const seen = new Set(Array.from(document.querySelectorAll(".duty-row[data-x-lng]"), (row) => mark(canvas, row)));
    for (const [key, known] of marks) {
      if (seen.has(key)) continue;
      known.remove();
      marks.delete(key);
    }
    return undefined;
  }
  document.addEventListener("putuo:drawn", (event) => {
    if (event.detail.panel === "duty-teams") place();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { duty: { answered } });
})();
