// Keeps a page of the dashboard up to date. The simulator renders the HTML: after a change the script only loads the page
// again and replaces the parts that differ. Everything else works without it.
"use strict";

(() => {
  const { body } = document;
  const live = document.getElementById("live");
  /** Milliseconds between two reloads. A slow reload is followed by ten times its duration, to limit the load. */
  const MIN_INTERVAL = 400;
  /** Milliseconds until a page that was refused a stream tries again. */
  const RETRY = 2000;
  const FOCUSABLE = "a, button, input, select, textarea, summary, [tabindex]";

  /** The state of the stream: on, lost, off. */
  let stream = "";
  /** Whether an update waits until the user leaves a form. */
  let held = false;

  const showState = () => {
    const state = stream === "on" && held ? "held" : stream;
    if (live.dataset.state === state) return;
    live.dataset.state = state;
    live.textContent = live.dataset[state];
  };

  // Replacing the parts that differ.

  const changed = (field) =>
    field.matches("select")
      ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected))
      : field.value !== field.defaultValue;

  /** Whether the user is filling in a form in this region, or reads why it was refused. */
  const edited = (region) =>
    region.querySelector(".form-error") !== null ||
    [...region.querySelectorAll("input:not([type=hidden]), select, textarea")].some(
      (field) => field === document.activeElement || changed(field),
    );

  /** Returns a function that restores the focus after an update. */
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

  /** Replaces an element that differs. Open details stay open. */
  const replace = (old, fresh) => {
    for (const details of old.querySelectorAll("details[open]")) {
      const twin = details.id && fresh.querySelector(`#${CSS.escape(details.id)}`);
      if (twin) twin.open = true;
    }
    if (!old.isEqualNode(fresh)) old.replaceWith(fresh);
  };

  /** Updates a list with keys: only items that are new, removed or different change. */
  const merge = (list, fresh) => {
    const items = [...fresh.children];
    const keys = new Set(items.map((item) => item.dataset.key));
    const known = new Map();
    for (const item of [...list.children]) {
      item.removeAttribute("data-fresh");
      if (keys.has(item.dataset.key)) known.set(item.dataset.key, item);
      else item.remove();
    }
    const filled = known.size > 0;
    let next = list.firstElementChild;
    for (const item of items) {
      const old = known.get(item.dataset.key);
      if (old && old === next) {
        next = old.nextElementSibling;
        replace(old, item);
      } else {
        item.toggleAttribute("data-fresh", filled && !old);
        list.insertBefore(item, next);
        old?.remove();
      }
    }
  };

  const update = (fresh) => {
    const restoreFocus = keepFocus();
    held = false;
    for (const region of document.querySelectorAll("[data-region]")) {
      const next = fresh.getElementById(region.id);
      if (!next || region.isEqualNode(next)) continue;
      if (edited(region)) held = true;
      else if (region.matches("[data-keyed]")) merge(region, next);
      else replace(region, next);
    }
    restoreFocus();
    showState();
  };

  // Reloading.

  let reloads = 0;

  const parsed = async (response) => new DOMParser().parseFromString(await response.text(), "text/html");

  /** Loads the page again and updates it. */
  const reload = async () => {
    const number = ++reloads;
    const response = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    const fresh = await parsed(response);
    // A later reload is newer, or of another address.
    if (number !== reloads) return;
    if (!fresh.body.dataset.run) throw new Error("the response is not a page");
    if (fresh.body.dataset.run !== body.dataset.run) {
      // The simulator was restarted.
      location.reload();
      return;
    }
    document.title = fresh.title;
    const problem = (page) => page.getElementById("problem") !== null;
    if (problem(document) !== problem(fresh)) {
      // The data of this page was deleted, or exists again.
      document.getElementById("main").replaceWith(fresh.getElementById("main"));
    }
    update(fresh);
  };

  let dirty = false;
  let busy = false;
  let notBefore = 0;

  /** Reloads while there are updates and the page is visible. */
  const refresh = async () => {
    if (busy) return;
    busy = true;
    while (dirty && stream === "on" && !document.hidden) {
      await new Promise((done) => setTimeout(done, Math.max(0, notBefore - performance.now())));
      const began = performance.now();
      dirty = false;
      try {
        await reload();
      } catch {
        dirty = true;
      }
      const now = performance.now();
      notBefore = now + Math.max(MIN_INTERVAL, 10 * (now - began));
    }
    busy = false;
  };

  document.addEventListener("visibilitychange", refresh);
  document.addEventListener("focusout", () => {
    dirty ||= held;
    refresh();
  });

  // The clock in the header runs while the simulator's clock runs.

  const renderedAt = new WeakMap();
  setInterval(() => {
    const now = document.getElementById("now");
    const at = Number(now?.dataset.at);
    if (!at) return;
    if (!renderedAt.has(now)) renderedAt.set(now, performance.now());
    const jakarta = new Date(at + performance.now() - renderedAt.get(now) + 7 * 3600 * 1000);
    now.textContent = `${jakarta.toISOString().slice(0, 19).replace("T", " ")} WIB`;
  }, 1000);

  // The result of an action is shown once, not after a reload.
  const here = new URL(location.href);
  if (here.searchParams.has("done")) {
    here.searchParams.delete("done");
    history.replaceState(null, "", here);
  }

  // Receiving updates.

  let missed = 0;
  let source;

  const receive = ({ data }) => {
    const message = JSON.parse(data);
    if (message.run !== body.dataset.run) {
      location.reload();
      return;
    }
    const warning = document.getElementById("missed");
    if (warning && message.gone > 0) {
      missed += message.gone;
      warning.hidden = false;
      warning.textContent = `${missed} ${warning.dataset.text}`;
    }
    dirty ||= message.matching > 0 || message.gone > 0 || message.reset;
    refresh();
  };

  const listen = () => {
    source = new EventSource(`${body.dataset.live}&after=${body.dataset.upto}`);
    source.onmessage = receive;
    source.onopen = () => {
      stream = "on";
      showState();
      refresh();
    };
    source.onerror = () => {
      // The browser reconnects, unless the simulator refused because too many pages are open.
      const off = source.readyState === EventSource.CLOSED;
      stream = off ? "off" : "lost";
      showState();
      if (off) setTimeout(listen, RETRY);
    };
  };
  listen();
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });

  // Opening an arrow beside the diagram, without leaving the page.

  const openArrow = () => document.querySelector("#arrows a[aria-current]");

  const show = async (clicked) => {
    const before = openArrow()?.closest("[data-key]").dataset.key;
    try {
      await reload();
    } catch {
      location.reload();
      return;
    }
    const message = document.getElementById("message");
    const arrow = openArrow();
    if (arrow && message && (clicked || arrow.closest("[data-key]").dataset.key !== before)) {
      message.focus({ preventScroll: true });
      message.scrollTop = 0;
      message.parentElement.scrollTop = 0;
      arrow.scrollIntoView({ block: "nearest" });
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

  // Sending a form without leaving the place: the answer is shown where the user is, and the input of a refused form stays.

  const forget = (selector) => document.querySelectorAll(selector).forEach((element) => element.remove());

  const refuse = (form, text) => {
    const error = document.createElement("p");
    error.className = "alert form-error";
    error.setAttribute("role", "alert");
    error.dataset.testid = "form-error";
    error.textContent = text;
    form.append(error);
    error.scrollIntoView({ block: "nearest" });
  };

  const send = async (form, button) => {
    forget(".done, .form-error");
    const fields = new URLSearchParams(new FormData(form, button));
    const number = ++reloads;
    let response, fresh;
    try {
      response = await fetch(form.action, { method: "POST", headers: { Accept: "text/html" }, body: fields });
      fresh = await parsed(response);
    } catch {
      refuse(form, live.dataset.lost);
      return;
    }
    const refused = fresh.querySelector("[data-testid=problem-detail]");
    if (refused) {
      refuse(form, refused.textContent);
      return;
    }
    const { pathname, search } = new URL(response.url);
    const here = new URL(pathname + search, location.href);
    here.searchParams.delete("done");
    if (here.pathname !== location.pathname || here.search !== location.search || fresh.body.dataset.run !== body.dataset.run) {
      location.assign(response.url);
      return;
    }
    form.reset();
    if (document.activeElement.matches("input, select, textarea")) document.activeElement.blur();
    // A reload that began later is newer.
    if (number === reloads) update(fresh);
    const done = fresh.querySelector(".done");
    if (done) (form.closest(".sheet") ?? document.getElementById("main")).prepend(document.adoptNode(done));
  };

  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  // Who leaves a refused form, or changes it, has read why.
  document.addEventListener("input", ({ target }) => target.form?.querySelector(".form-error")?.remove());
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const form = target.closest("form");
    if (form && relatedTarget && !form.contains(relatedTarget)) form.querySelector(".form-error")?.remove();
  });
})();
