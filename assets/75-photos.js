/* Photos as proof: taken for a step, made smaller before they are sent, and looked at large. */
(function () {
  "use strict";
  const MOST = 3; // of one step
  const LARGEST = 8 * 2 ** 20; // bytes of one as the camera wrote it
  const LIGHT = 700 * 2 ** 10; // bytes of one as it is sent: three of them pass in one request
  const EDGE = 1600; // pixels
  const QUALITIES = [0.85, 0.7, 0.5, 0.3];
  const $ = (selector) => document.querySelector(selector);
  const words = (key) => putuo.orders.words(key);
  let held = []; // JPEGs in base64
  let working = Promise.resolve();

  const say = (text) => window.dash_clientside.set_props("step-problem", { children: text });
  const base64 = (blob) =>
    new Promise((done, failed) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
      reader.onerror = failed;
      reader.readAsDataURL(blob);
    });

  /** The picture upright on white, no longer than EDGE, as a JPEG of at most LIGHT bytes. */
  async function smaller(file) {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(EDGE / Math.max(picture.width, picture.height), 1);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(Math.round(picture.width * scale), 1);
    canvas.height = Math.max(Math.round(picture.height * scale), 1);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    let blob = null;
    for (const quality of QUALITIES) {
      blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (blob.size <= LIGHT) break;
    }
    return base64(blob);
  }

  async function add(file) {
    if (held.length >= MOST) return say(words("refused.photo_too_many"));
    if (file.size > LARGEST) return say(words("refused.photo_too_large"));
    try {
      held.push(await smaller(file));
    } catch {
      return say(words("refused.photo_unreadable"));
    }
    draw();
  }

  function draw() {
    const box = $("#step .step-photos");
    if (!box) return;
    box.replaceChildren(
      ...held.map((data, index) => {
        const picture = Object.assign(document.createElement("img"), { src: "data:image/jpeg;base64," + data, alt: words("need.photo") + " " + (index + 1) });
        const drop = Object.assign(document.createElement("button"), { className: "photo-drop", type: "button", textContent: "×" });
        drop.setAttribute("aria-label", words("orders.photo_drop") + " " + (index + 1));
        drop.dataset.drop = index;
        const one = Object.assign(document.createElement("span"), { className: "photo" });
        one.append(picture, drop);
        return one;
      }),
    );
    $("#step [data-act=photo-take]").hidden = held.length >= MOST;
  }

  function take() {
    const dialog = $("#step");
    const input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", multiple: true, hidden: true });
    input.setAttribute("capture", "environment");
    input.addEventListener("change", () => {
      say("");
      for (const file of input.files) working = working.then(() => add(file));
      input.remove();
    });
    input.addEventListener("cancel", () => input.remove());
    dialog.append(input);
    input.click();
  }

  /* A photo of the timeline fills the window until it is clicked, or Esc is pressed */
  function look(link) {
    const box = document.createElement("dialog");
    box.className = "photo-view";
    box.setAttribute("aria-label", link.getAttribute("aria-label") || "");
    const picture = Object.assign(document.createElement("img"), { src: link.href, alt: link.getAttribute("aria-label") || "" });
    const close = Object.assign(document.createElement("button"), { className: "ghost big", type: "button", textContent: words("orders.photo_close") });
    box.append(picture, close);
    box.addEventListener("click", () => box.close());
    box.addEventListener("close", () => {
      box.remove();
      link.focus();
    });
    document.body.append(box);
    box.showModal();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-act=photo-take]")) take();
    const drop = event.target.closest("[data-drop]");
    if (drop) {
      held.splice(Number(drop.dataset.drop), 1);
      draw();
    }
    const link = event.target.closest("a.photo");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    look(link);
  });

  putuo.photos = {
    /** What is held for the step, once every picture has been made smaller. */
    settled: () => working.then(() => held.slice()),
    clear: () => {
      working = working.then(() => {
        held = [];
        draw();
      });
    },
  };
})();
