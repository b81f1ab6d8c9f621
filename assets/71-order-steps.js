/* The dialog of one step: what it needs is asked for, the code is scanned or typed, the position comes from the browser. */
(function () {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const words = (key, values) => putuo.orders.words(key, values);
  const CHOICES = ["unit", "assignee", "master", "level", "rating"];
  const FEW = 8; // choices that need no filter
  const SURE = ["accident", "reject"];
  let asked = null; // {step, needs, order, seen}
  let given = {};
  let after = null;
  let camera = null;
  let sure = false;
  let quiet = 0; // photos are on their way until then, and nothing is sent twice
  const SENDING_MS = 30000;
  const SOON_MS = 1500;

  const field = (need) => $(`#step [data-need="${need}"]`);
  function offered() {
    const source = $("[data-choices]");
    return source ? JSON.parse(source.dataset.choices) : {};
  }

  const list = (said) => (said ? said.split(",") : []);
  function open(about, then) {
    const dialog = $("#step");
    if (!dialog) return;
    asked = about;
    given = {};
    after = then || null;
    sure = false;
    quiet = 0;
    putuo.photos.clear();
    const needs = list(about.needs);
    asked.list = needs;
    const shown = new Set([...needs, ...list(about.welcome)]);
    if (needs.includes("evidence")) shown.add("note");
    for (const each of dialog.querySelectorAll("[data-need]")) {
      each.hidden = !shown.has(each.dataset.need);
      each.toggleAttribute("data-wanted", needs.includes(each.dataset.need));
    }
    for (const id of ["step-scan", "step-reason", "step-note"]) setProps(id, { value: "" });
    setProps("step-problem", { children: "" });
    $("#step-title").textContent = words("step." + about.step);
    dialog.querySelector(".step-about").textContent = about.title || subject();
    dialog.querySelector(".step-scan-said").textContent = "";
    const from = about.choices || offered();
    for (const need of CHOICES) choices(need, from[need] || []);
    choices("reason", about.step === "suspend" ? from.suspend || [] : []);
    $("#step-reason").hidden = about.step === "suspend";
    $("#step-confirm").textContent = words("step." + about.step);
    $("#step-confirm").dataset.tone = "";
    dialog.showModal();
    if (shown.has("position")) locate();
    const first = dialog.querySelector('[data-need]:not([hidden]) :is(input, textarea, [role="radio"]):not([hidden])');
    if (first) first.focus();
    else $("#step-confirm").focus();
  }

  const subject = () => ["#work-order--title", "#work-order--number"].map((name) => ($(name) ? $(name).textContent : "")).join(" ");
  function choices(need, offers) {
    const box = field(need) && field(need).querySelector(".step-choices");
    if (!box) return;
    const options = offers.map(({ value, words: said, hint, against }) => ({
      tag: "button",
      cls: "step-choice",
      key: String(value),
      role: "radio",
      kids: [{ tag: "b", text: said }, { tag: "small", text: hint || "" }],
      data: { need, value, against: against ? 1 : null },
    }));
    putuo.draw.children(box, options);
    for (const option of box.children) option.setAttribute("aria-checked", "false");
    const filter = box.parentElement.querySelector(".step-filter");
    if (filter) filter.closest(".step-narrow").hidden = offers.length < FEW;
    if (offers.length === 1 && asked.list.includes(need)) pick(box.firstElementChild);
  }
  function pick(option) {
    given[option.dataset.xNeed] = option.dataset.xValue;
    for (const each of option.parentElement.children) each.setAttribute("aria-checked", String(each === option));
  }

  document.addEventListener("input", (event) => {
    if (!event.target.classList.contains("step-filter")) return;
    const said = event.target.value.trim().toLowerCase();
    for (const option of event.target.closest("[data-need]").querySelectorAll(".step-choice")) option.hidden = !option.textContent.toLowerCase().includes(said);
  });

  /* Where somebody stands, by his own device */
  function locate() {
    const said = $("#step .step-position");
    if (!navigator.geolocation) {
      said.textContent = words("orders.no_position");
      return;
    }
    said.textContent = words("orders.locating");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        given.position = [coords.longitude, coords.latitude];
        said.textContent = words("orders.located", { lat: coords.latitude.toFixed(5), lng: coords.longitude.toFixed(5), m: Math.round(coords.accuracy) });
      },
      () => (said.textContent = words("orders.no_position")),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
    );
  }

  /** Where somebody stands who has allowed it before: soon, or not at all; nothing waits for it longer. */
  async function stood() {
    if (!navigator.geolocation || !navigator.permissions) return {};
    const { state } = await navigator.permissions.query({ name: "geolocation" });
    if (state !== "granted") return {};
    const options = { enableHighAccuracy: true, timeout: SOON_MS, maximumAge: 60000 };
    return new Promise((done) => {
      setTimeout(done, SOON_MS, {});
      navigator.geolocation.getCurrentPosition(({ coords }) => done({ position: [coords.longitude, coords.latitude] }), () => done({}), options);
    });
  }
  /** A step that one key takes; whoever accepts also says where he is, where his device will. */
  async function atOnce({ xOrder, xSeen }, step) {
    const proof = step === "accept" ? await stood() : {};
    putuo.orders.send([{ order: Number(xOrder), seen: Number(xSeen), step, proof }]);
  }

  /* The plate's code by camera, where the browser can read codes; typing always works */
  async function scan() {
    const said = $("#step .step-scan-said");
    const video = $("#step .step-camera");
    if (!("BarcodeDetector" in window) || !navigator.mediaDevices) {
      said.textContent = words("orders.no_camera");
      $("#step-scan").focus();
      return;
    }
    try {
      camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = camera;
      video.dataset.open = "1";
      video.playsInline = true;
      await video.play();
      const detector = new window.BarcodeDetector({ formats: ["qr_code", "code_128", "data_matrix"] });
      while (camera) {
        const [found] = await detector.detect(video);
        if (found) {
          setProps("step-scan", { value: found.rawValue });
          said.textContent = words("orders.scanned", { code: found.rawValue });
          dark();
        } else await new Promise((next) => requestAnimationFrame(next));
      }
    } catch {
      dark();
      said.textContent = words("orders.no_camera");
      $("#step-scan").focus();
    }
  }
  function dark() {
    if (camera) camera.getTracks().forEach((track) => track.stop());
    camera = null;
    const video = $("#step .step-camera");
    if (!video) return;
    video.srcObject = null;
    video.dataset.open = "";
  }

  function proof() {
    const shown = Object.entries(given).filter(([need]) => need === "reason" || !field(need).hidden);
    const said = { ...Object.fromEntries(shown), scan: $("#step-scan").value.trim(), note: $("#step-note").value.trim() };
    if (asked.step !== "suspend") said.reason = $("#step-reason").value.trim();
    return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== "" && value !== undefined));
  }
  const brings = (brought, need) => (need === "evidence" ? brought.photos || brought.note : brought[need === "photo" ? "photos" : need]) !== undefined;
  async function confirm() {
    if (!asked || performance.now() < quiet) return;
    const photos = await putuo.photos.settled();
    const brought = photos.length ? { ...proof(), photos } : proof();
    const missing = asked.list.filter((need) => !brings(brought, need));
    if (missing.length) {
      setProps("step-problem", { children: words("orders.missing", { what: missing.map((need) => words("need." + need)).join("、") }) });
      return;
    }
    if (SURE.includes(asked.step) && !sure) {
      sure = true;
      setProps("step-problem", { children: words("orders.sure", { what: words("step." + asked.step) }) });
      return;
    }
    setProps("step-problem", { children: photos.length ? words("orders.sending") : "" });
    if (photos.length) quiet = performance.now() + SENDING_MS;
    if (after) {
      $("#step").close();
      after(brought);
    } else putuo.orders.send([{ order: Number(asked.order), seen: Number(asked.seen), step: asked.step, proof: brought }]);
  }

  document.addEventListener("putuo:taken", () => (quiet = 0));

  const row = (element) => element.closest("[data-x-order]").dataset;
  document.addEventListener("click", (event) => {
    const now = event.target.closest("[data-x-step-now]");
    if (now) atOnce(row(now), now.dataset.xStepNow);
    const step = event.target.closest("[data-x-step]");
    if (step) open({ step: step.dataset.xStep, needs: step.dataset.xNeeds || "", order: step.dataset.xOrder, seen: step.dataset.xSeen, welcome: step.dataset.xWelcome });
    const option = event.target.closest(".step-choice");
    if (option) {
      pick(option);
      setProps("step-problem", { children: "" });
    }
    if (event.target.closest("[data-act=step-scan]")) scan();
    if (event.target.closest("[data-act=step-locate]")) locate();
    if (event.target.closest("#step-confirm")) confirm();
  });
  document.addEventListener("keydown", (event) => {
    const dialog = event.target.closest("#step");
    if (!dialog) {
      steps(event);
      return;
    }
    if (event.isComposing || event.key !== "Enter" || event.target.closest("button")) return;
    if (event.target.closest("textarea") && !event.ctrlKey) return;
    event.preventDefault();
    confirm();
  });
  /** On an order's page a digit presses the button of that place: accept to close without a mouse. */
  function steps(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.closest("input, textarea, select, dialog")) return;
    const buttons = document.querySelectorAll(".order-steps button");
    if (!/^[1-9]$/.test(event.key) || !buttons[Number(event.key) - 1]) return;
    event.preventDefault();
    buttons[Number(event.key) - 1].click();
  }
  document.addEventListener("close", (event) => event.target.id === "step" && dark(), true);

  /* An address may name the step to begin with */
  let begun = false;
  document.addEventListener("putuo:drawn", (event) => {
    const wanted = putuo.query().step;
    if (begun || event.detail.panel !== "work-order" || !wanted) return;
    begun = true;
    const button = $(`.order-steps [data-x-step="${CSS.escape(wanted)}"]`);
    if (button) button.click();
  });

  putuo.steps = { open, atOnce, stood };
})();
