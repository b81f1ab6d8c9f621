/* The live stream: hears which watches changed and asks the panels that watch them to refresh.
   Three kinds of stale are kept apart: the stream (nothing heard for 10 s: veil and polling, here), a vendor's feed
   and a device (both are rows of a panel). */
(function () {
  "use strict";
  const LOST_AFTER = 10000; // ms without any word from the server
  const POLL_EVERY = 2000;
  const JITTER = 400;
  const RETRY_FAILED = 5000;
  const root = document.documentElement;
  const panels = new Map(); // name → {watches, every, pace, at, asked, dirty, timer, failed}
  const versions = {};
  let source = null;
  let heardAt = performance.now();
  let polling = false;
  let counter = 0;

  const setProps = (id, props) => window.dash_clientside && window.dash_clientside.set_props(id, props);

  function heard(at) {
    heardAt = performance.now();
    const server = Date.parse(at);
    if (!Number.isNaN(server)) putuo.skew = server - Date.now();
    if (root.dataset.stream !== "live" && source && source.readyState === EventSource.OPEN) say("live");
  }

  function say(state, seconds) {
    root.dataset.stream = state;
    const live = document.getElementById("live");
    const veil = document.getElementById("veil-text");
    const words = { live: "live.live", connecting: "live.connecting", polling: "live.polling", lost: "live.polling", out: "live.signed_out" };
    if (live) {
      live.dataset.tone = state === "live" ? "ok" : "warn";
      live.lastElementChild.textContent = putuo.word(words[state]);
    }
    if (veil) veil.textContent = state === "out" ? putuo.word("live.signed_out") : putuo.word("live.lost", { seconds });
    const again = document.getElementById("veil-link");
    if (again) again.textContent = putuo.word(state === "out" ? "live.sign_in" : "live.reload");
  }

  function hear(event) {
    const news = JSON.parse(event.data);
    heard(news.at);
    changed(news.versions || {});
  }

  function changed(newer) {
    const moved = Object.keys(newer).filter((watch) => versions[watch] !== newer[watch]);
    if (!moved.length) return;
    Object.assign(versions, newer);
    const names = new Set(moved);
    for (const [name, panel] of panels) {
      if (panel.watches.some((watch) => names.has(watch) && newer[watch] !== panel.versions[watch])) refresh(name);
    }
  }

  /** Ask a panel to refresh, no sooner than its pace allows, spread by a little jitter. */
  function refresh(name) {
    const panel = panels.get(name);
    if (!panel || panel.timer) return;
    if (document.hidden) {
      panel.dirty = true;
      return;
    }
    const due = Math.max(panel.asked + panel.pace * 1000 - performance.now(), 0) + Math.random() * JITTER;
    panel.timer = setTimeout(() => ask(name, panel), due);
  }

  function ask(name, panel) {
    panel.timer = null;
    panel.dirty = false;
    panel.asked = performance.now();
    setProps({ type: "version", panel: name }, { data: { n: ++counter } });
  }

  /** A panel was drawn: what it watches, how often it may ask, and how old its figures are. */
  function follow(name, meta) {
    const before = panels.get(name);
    const panel = {
      watches: meta.watches || [],
      versions: meta.versions || {},
      every: meta.every || 0,
      pace: meta.pace || 1,
      at: Date.parse(meta.at),
      confirmed: performance.now(),
      failed: Boolean(meta.failed || meta.old),
      asked: before ? before.asked : performance.now(),
      timer: before ? before.timer : null,
      dirty: false,
    };
    panels.set(name, panel);
    const behind = panel.watches.some((watch) => watch in versions && panel.versions[watch] !== undefined && versions[watch] > panel.versions[watch]);
    if (behind) refresh(name);
  }

  function connect() {
    if (source) source.close();
    source = new EventSource("/stream");
    source.onopen = () => heard(null);
    source.onmessage = hear;
    source.addEventListener("beat", (event) => heard(JSON.parse(event.data).at));
    source.addEventListener("resync", () => {
      heard(null);
      poll();
    });
  }

  async function poll() {
    if (polling) return;
    polling = true;
    try {
      const answer = await fetch("/api/v1/versions", { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(4000) });
      if (answer.status === 401 || answer.status === 403 || answer.redirected) {
        say("out");
        return;
      }
      if (!answer.ok) return;
      const news = await answer.json();
      heardAt = performance.now();
      heard(news.at);
      changed(news.versions || {});
      if (!source || source.readyState !== EventSource.OPEN) say("polling");
    } catch {
      /* still away: the veil says so */
    } finally {
      polling = false;
    }
  }

  let lastPoll = 0;
  let lastConnect = 0;
  function watchdog() {
    const now = performance.now();
    const open = source && source.readyState === EventSource.OPEN;
    const silent = now - heardAt;
    if (root.dataset.stream === "out") return;
    if (!open || silent > LOST_AFTER) {
      if (now - lastPoll > POLL_EVERY) {
        lastPoll = now;
        poll();
      }
      if (silent > LOST_AFTER) say("lost", Math.round(silent / 1000));
      if (now - lastConnect > 5000 && (!source || source.readyState === EventSource.CLOSED || silent > LOST_AFTER)) {
        lastConnect = now;
        connect();
      }
    }
    for (const [name, panel] of panels) {
      if (panel.every && now - panel.confirmed > panel.every * 1000 && !panel.timer && now - panel.asked > panel.every * 1000) refresh(name);
      else if (panel.failed && now - panel.asked > RETRY_FAILED) refresh(name);
    }
    ages(now, silent);
  }

  /** Each panel's age: the server confirms with every beat that nothing it watches has changed. */
  function ages(now, silent) {
    for (const [name, panel] of panels) {
      const section = document.querySelector(`[data-panel="${CSS.escape(name)}"]`);
      if (!section) continue;
      const since = silent < LOST_AFTER && !panel.timer && !panel.failed && panel.watches.length ? Math.min(silent, now - panel.confirmed) : now - panel.confirmed;
      const limit = Math.max(15, 3 * panel.every) * 1000;
      section.toggleAttribute("data-stale", since > limit || panel.failed);
      const age = section.querySelector(":scope > .pn-h > .age, :scope > .age");
      if (age) age.textContent = putuo.age(since / 1000);
    }
  }

  putuo.age = (seconds) => {
    if (seconds < 5) return putuo.word("time.just_now");
    if (seconds < 60) return putuo.word("time.seconds_ago", { n: Math.floor(seconds) });
    if (seconds < 3600) return putuo.word("time.minutes_ago", { n: Math.floor(seconds / 60) });
    return putuo.word("time.hours_ago", { n: Math.floor(seconds / 3600) });
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const [name, panel] of panels) if (panel.dirty) refresh(name);
  });

  /** The stream begins once the shell stands; pages without one (sign-in) stay quiet. */
  function begin() {
    if (!document.getElementById("live")) {
      setTimeout(begin, 100);
      return;
    }
    say("connecting");
    lastConnect = performance.now();
    connect();
    setInterval(watchdog, 1000);
  }
  begin();

  /** Hang up; the watchdog then notices the silence and comes back by itself. */
  function stop() {
    if (source) source.close();
  }

  putuo.stream = { follow, refresh, stop, refreshAll: () => panels.forEach((_, name) => refresh(name)), panels };
})();
