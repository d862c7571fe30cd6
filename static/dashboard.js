// Keeps a page of the dashboard fresh. What is shown is made by the simulator: the script only asks for the page again
// when it hears that something has changed, and takes over what is different. Without it everything else works.
"use strict";

(() => {
  const { body } = document;
  const live = document.getElementById("live");
  /** Milliseconds between two looks; or ten times what the last one took, so that a page never keeps a machine busy. */
  const PACE = 400;
  /** Milliseconds after which a page that was told no asks for the stream again. */
  const AGAIN = 2000;
  const FOCUSABLE = "a, button, input, select, textarea, summary, [tabindex]";

  /** How it stands with the stream: on, lost, off. */
  let stream = "";
  /** Whether news wait until a form is left. */
  let held = false;

  const say = () => {
    const state = stream === "on" && held ? "held" : stream;
    if (live.dataset.state === state) return;
    live.dataset.state = state;
    live.textContent = live.dataset[state];
  };

  // Taking over what is different.

  const changed = (field) =>
    field.matches("select")
      ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected))
      : field.value !== field.defaultValue;

  /** Whether somebody is filling in a form in there. */
  const edited = (region) =>
    [...region.querySelectorAll("input:not([type=hidden]), select, textarea")].some(
      (field) => field === document.activeElement || changed(field),
    );

  /** Answers with what focuses again what is focused now, should it be replaced. */
  const keepFocus = () => {
    const old = document.activeElement;
    const id = old?.closest("[data-region]")?.id;
    const key = old?.closest("[data-key]")?.dataset.key;
    const all = () => {
      const region = id && document.getElementById(id);
      const place = region && key ? region.querySelector(`[data-key="${CSS.escape(key)}"]`) : region;
      return place ? [place, ...place.querySelectorAll(FOCUSABLE)] : [];
    };
    const at = all().indexOf(old);
    return () => {
      if (!old?.isConnected) all()[at]?.focus({ preventScroll: true });
    };
  };

  /** What is the same is not touched; what was opened stays open. */
  const renew = (old, fresh) => {
    for (const details of old.querySelectorAll("details[open]")) {
      const twin = details.id && fresh.querySelector(`#${CSS.escape(details.id)}`);
      if (twin) twin.open = true;
    }
    if (!old.isEqualNode(fresh)) old.replaceWith(fresh);
  };

  /** A list whose items have a key: only items that are new, gone or different are touched. */
  const merge = (list, fresh) => {
    const items = [...fresh.children];
    const wanted = new Set(items.map((item) => item.dataset.key));
    const known = new Map();
    for (const item of [...list.children]) {
      item.removeAttribute("data-fresh");
      if (wanted.has(item.dataset.key)) known.set(item.dataset.key, item);
      else item.remove();
    }
    const filled = known.size > 0;
    let next = list.firstElementChild;
    for (const item of items) {
      const old = known.get(item.dataset.key);
      if (old && old === next) {
        next = old.nextElementSibling;
        renew(old, item);
      } else {
        item.toggleAttribute("data-fresh", filled && !old);
        list.insertBefore(item, next);
        old?.remove();
      }
    }
  };

  const take = (fresh) => {
    const focusAgain = keepFocus();
    held = false;
    for (const region of document.querySelectorAll("[data-region]")) {
      const next = fresh.getElementById(region.id);
      if (!next || region.isEqualNode(next)) continue;
      if (edited(region)) held = true;
      else if (region.matches("[data-keyed]")) merge(region, next);
      else renew(region, next);
    }
    focusAgain();
    say();
  };

  // Looking.

  let looks = 0;

  /** Asks for the page again. */
  const look = async () => {
    const mine = ++looks;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    // A later look knows more, and perhaps of another address.
    if (mine !== looks) return;
    if (!fresh.body.dataset.run) throw new Error("the answer is no page");
    if (fresh.body.dataset.run !== body.dataset.run) {
      // Another run of the simulator: begin anew.
      location.reload();
      return;
    }
    document.title = fresh.title;
    const problem = (page) => page.getElementById("problem") !== null;
    if (problem(document) !== problem(fresh)) {
      // What the page was about is gone, or is there again.
      document.getElementById("main").replaceWith(fresh.getElementById("main"));
    }
    take(fresh);
  };

  let dirty = false;
  let busy = false;
  let notBefore = 0;

  /** Looks as long as there are news and somebody to see them. What is left is done when either comes back. */
  const refresh = async () => {
    if (busy) return;
    busy = true;
    while (dirty && stream === "on" && !document.hidden) {
      await new Promise((done) => setTimeout(done, Math.max(0, notBefore - performance.now())));
      const began = performance.now();
      dirty = false;
      try {
        await look();
      } catch {
        dirty = true;
      }
      const now = performance.now();
      notBefore = now + Math.max(PACE, 10 * (now - began));
    }
    busy = false;
  };

  document.addEventListener("visibilitychange", refresh);
  document.addEventListener("focusout", () => {
    dirty ||= held;
    refresh();
  });

  // The clock at the head of the page goes on by itself, where the simulator's does.

  const shown = new WeakMap();
  setInterval(() => {
    const now = document.getElementById("now");
    const at = Number(now?.dataset.at);
    if (!at) return;
    if (!shown.has(now)) shown.set(now, performance.now());
    const jakarta = new Date(at + performance.now() - shown.get(now) + 7 * 3600 * 1000);
    now.textContent = `${jakarta.toISOString().slice(0, 19).replace("T", " ")} WIB`;
  }, 1000);

  // What was just done is said once, also when the page is loaded again.
  const here = new URL(location.href);
  if (here.searchParams.has("done")) {
    here.searchParams.delete("done");
    history.replaceState(null, "", here);
  }

  // Hearing of news.

  let missed = 0;
  let source;

  const hear = ({ data }) => {
    const news = JSON.parse(data);
    if (news.run !== body.dataset.run) {
      location.reload();
      return;
    }
    const notice = document.getElementById("missed");
    if (notice && news.gone > 0) {
      missed += news.gone;
      notice.hidden = false;
      notice.textContent = `${missed} ${notice.dataset.text}`;
    }
    dirty ||= news.matching > 0 || news.gone > 0 || news.reset;
    refresh();
  };

  const listen = () => {
    source = new EventSource(`${body.dataset.live}&after=${body.dataset.upto}`);
    source.onmessage = hear;
    source.onopen = () => {
      stream = "on";
      say();
      refresh();
    };
    source.onerror = () => {
      // A browser asks again by itself, unless it was told no: as many pages are open as may.
      const off = source.readyState === EventSource.CLOSED;
      stream = off ? "off" : "lost";
      say();
      if (off) setTimeout(listen, AGAIN);
    };
  };
  listen();
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });

  // An arrow is opened beside the diagram, without leaving the page.

  const openArrow = () => document.querySelector("#arrows a[aria-current]");

  const show = async (clicked) => {
    const before = openArrow()?.closest("[data-key]").dataset.key;
    try {
      await look();
    } catch {
      location.reload();
      return;
    }
    const message = document.getElementById("message");
    const arrow = openArrow();
    if (arrow && message && (clicked || arrow.closest("[data-key]").dataset.key !== before)) {
      message.focus({ preventScroll: true });
      const { top } = message.getBoundingClientRect();
      if (top < 0 || top > innerHeight - 120) message.scrollIntoView();
    } else if (!arrow && before) {
      document.querySelector(`#arrows [data-key="${CSS.escape(before)}"] a`)?.focus();
    }
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-open]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (link.href !== location.href) history.pushState(null, "", link.href);
    show(true);
  });
  addEventListener("popstate", () => show(false));
})();
