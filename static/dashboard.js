// Keeps a page of the dashboard fresh. What is shown is made by the simulator: the script only asks for the page again
// when it hears that something has changed, and takes over what is different. Without it everything else works.
"use strict";

(() => {
  const body = document.body;
  const live = document.getElementById("live");
  /** At least so long between two looks; and ten times what the last one took, so that a page never keeps a machine busy. */
  const PACE = 400;
  let run = body.dataset.run;
  let dirty = false;
  let asking = false;
  let pace = PACE;
  let last = 0;

  const say = (state) => {
    if (live && live.dataset.state !== state) {
      live.dataset.state = state;
      live.textContent = live.dataset[state] || "";
    }
  };

  /** Whether somebody is filling in a form in there. */
  const edited = (region) =>
    [...region.querySelectorAll("input:not([type=hidden]), textarea")].some((field) => field.value !== field.defaultValue) ||
    [...region.querySelectorAll("select")].some((field) => field === document.activeElement) ||
    [...region.querySelectorAll("option")].some((option) => option.selected !== option.defaultSelected && option.closest("select").value !== "" && option.closest("select").matches(":focus-within"));

  /** What is focused is found again by this. */
  const place = (node) => node && node.closest("[data-key]") && node.closest("[data-key]").dataset.key;

  const replace = (old, fresh) => {
    for (const details of old.querySelectorAll("details[open][id]")) {
      const twin = fresh.querySelector("#" + CSS.escape(details.id));
      if (twin) twin.open = true;
    }
    old.replaceWith(fresh);
  };

  /** Lists whose items have a key: only what is new or different is touched. */
  const keyed = (old, fresh) => {
    const known = new Map([...old.children].map((item) => [item.dataset.key, item]));
    let before = null;
    for (const item of [...fresh.children]) {
      let here = known.get(item.dataset.key);
      known.delete(item.dataset.key);
      if (!here) {
        here = item;
        if (old.childElementCount) here.classList.add("fresh");
      } else if (!same(here, item)) {
        const focused = here.contains(document.activeElement);
        replace(here, item);
        here = item;
        if (focused) (here.querySelector("a, button, input") || here).focus({ preventScroll: true });
      }
      const next = before ? before.nextElementSibling : old.firstElementChild;
      if (next !== here) old.insertBefore(here, next);
      before = here;
    }
    for (const gone of known.values()) gone.remove();
  };

  const same = (old, fresh) => {
    const clone = old.cloneNode(true);
    clone.classList.remove("fresh");
    if (!clone.classList.length) clone.removeAttribute("class");
    for (const details of clone.querySelectorAll("details[open]")) details.removeAttribute("open");
    return clone.isEqualNode(fresh);
  };

  const take = (fresh) => {
    let held = false;
    for (const old of document.querySelectorAll("[data-region]")) {
      const next = fresh.getElementById(old.id);
      if (!next || old.isEqualNode(next)) continue;
      if (edited(old)) {
        held = true;
        continue;
      }
      const [list, twin] = old.matches("[data-keyed]") ? [old, next] : [old.querySelector("[data-keyed]"), next.querySelector("[data-keyed]")];
      if (list && twin) {
        keyed(list, twin);
        if (list !== old) {
          // What stands beside the list.
          for (const part of [...old.children]) if (part !== list) part.remove();
          for (const part of [...next.children]) if (part !== twin) old.append(part);
        }
        continue;
      }
      const key = old.contains(document.activeElement) && document.activeElement.dataset.testid;
      replace(old, next);
      if (key) next.querySelector(`[data-testid="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
    }
    if (fresh.body) {
      body.dataset.upto = fresh.body.dataset.upto || body.dataset.upto;
    }
    return held;
  };

  const look = async (url = location.href) => {
    const began = performance.now();
    const answer = await fetch(url, { headers: { Accept: "text/html" }, cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (fresh.body.dataset.run && fresh.body.dataset.run !== run) {
      location.reload();
      return;
    }
    // A page that is another one now: what it was about is gone.
    if (Boolean(document.getElementById("problem")) !== Boolean(fresh.getElementById("problem"))) {
      document.getElementById("main").replaceWith(fresh.getElementById("main"));
    }
    const held = take(fresh);
    pace = Math.max(PACE, 10 * (performance.now() - began));
    say(held ? "held" : "on");
  };

  const soon = async () => {
    if (asking || !dirty || document.hidden) return;
    asking = true;
    await new Promise((done) => setTimeout(done, Math.max(0, last + pace - performance.now())));
    dirty = false;
    last = performance.now();
    try {
      await look();
    } catch {
      // The simulator is gone for now: the stream says so, and asks again.
      dirty = true;
    }
    asking = false;
    if (dirty && live.dataset.state === "on") soon();
  };
  document.addEventListener("visibilitychange", soon);
  // What was held back comes when the form is left.
  document.addEventListener("focusout", () => {
    if (live && live.dataset.state === "held") {
      dirty = true;
      soon();
    }
  });

  if (body.dataset.live && "EventSource" in window) {
    const source = new EventSource(`${body.dataset.live}&after=${body.dataset.upto}`);
    source.onopen = () => say("on");
    source.onerror = () => say(source.readyState === EventSource.CLOSED ? "off" : "lost");
    source.onmessage = (message) => {
      const news = JSON.parse(message.data);
      if (news.run !== run) {
        // Another run of the simulator: begin anew.
        location.reload();
        return;
      }
      const missed = document.getElementById("missed");
      if (missed && news.gone > 0) {
        missed.hidden = false;
        missed.textContent = `${news.gone} ${missed.dataset.text}`;
      }
      if (news.matching > 0 || news.reset) {
        dirty = true;
        soon();
      }
    };
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
  }

  // An arrow is opened beside the diagram, without leaving the page.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-open]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const focus = place(link);
    try {
      await look(link.href);
    } catch {
      location.href = link.href;
      return;
    }
    history.pushState(null, "", link.href);
    const message = document.getElementById("message");
    message?.focus({ preventScroll: true });
    if (message && message.getBoundingClientRect().top > innerHeight - 120) message.scrollIntoView({ block: "start" });
    if (!message && focus) document.querySelector(`[data-key="${CSS.escape(focus)}"] a`)?.focus();
  });
  addEventListener("popstate", () => look().catch(() => location.reload()));

  // A filter applies when it is chosen; the button is for who has no script.
  for (const form of document.querySelectorAll("form.filter[role=search]")) {
    for (const select of form.querySelectorAll("select")) select.addEventListener("change", () => form.requestSubmit());
  }
})();
