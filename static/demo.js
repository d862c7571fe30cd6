// Refreshes an order's state and the panel of requests. Without it, the "Refresh" link does the same.
"use strict";

const INTERVAL = 1000;
const INTERVAL_AFTER_ERROR = 5000;
const page = document.querySelector("[data-pulse]");

// What is counted down. The server decides, not this clock. While the simulator's clock is stopped, there is none.
const ends = new WeakMap();
/** So many milliseconds later the server may render the same end. */
const TOLERANCE = 2000;

const endOf = (element) => {
  if (!ends.has(element)) ends.set(element, Date.now() + Number(element.dataset.countdown) * 1000);
  return ends.get(element);
};

// A countdown that only went on is no difference: replaced, the card would be read aloud again every second.
const keepCountdowns = (now, next) => {
  const fresh = next.querySelectorAll("[data-countdown]");
  now.querySelectorAll("[data-countdown]").forEach((old, i) => {
    const element = fresh[i];
    if (!element || Math.abs(endOf(element) - endOf(old)) >= TOLERANCE) return;
    ends.set(element, endOf(old));
    element.dataset.countdown = old.dataset.countdown;
    element.textContent = old.textContent;
  });
};

// Replaces the parts that differ. Open details stay open, and the focus stays.
const update = (fresh) => {
  for (const next of fresh.querySelectorAll("[data-live]")) {
    const now = document.getElementById(next.id);
    if (!now) continue;
    keepCountdowns(now, next);
    for (const open of now.querySelectorAll("details[open]")) {
      const same = next.querySelector(`#${CSS.escape(open.id)}`);
      if (same) same.open = true;
    }
    if (now.isEqualNode(next)) continue;
    const id = now.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
    now.replaceWith(document.adoptNode(next));
    if (id) document.querySelector(`[data-testid="${CSS.escape(id)}"]`)?.focus();
  }
};

const refresh = async () => {
  if (document.hidden) return INTERVAL;
  const pulse = await (await fetch("/demo/pulse", { cache: "no-store" })).text();
  // What is not announced by NICEPAY is looked for.
  if (pulse === page.dataset.pulse && !document.querySelector("[data-look-again]")) return INTERVAL;
  const response = await fetch(location.href, { cache: "no-store" });
  // The order is gone: the page of a reset says so.
  if (response.status === 404 || response.status === 410) location.reload();
  if (!response.ok) return INTERVAL_AFTER_ERROR;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  update(fresh);
  page.dataset.pulse = fresh.querySelector("[data-pulse]")?.dataset.pulse ?? pulse;
  return INTERVAL;
};

const keepRefreshing = () => refresh().catch(() => INTERVAL_AFTER_ERROR).then((pause) => setTimeout(keepRefreshing, pause));
if (document.querySelector("main [data-live]")) setTimeout(keepRefreshing, INTERVAL);

/** The same words as `Lang::duration` in src/language.rs. */
const span = (seconds, { unit, minutes }) => {
  if (seconds < 120) return `${seconds} ${unit}`;
  const large = `${Math.trunc(seconds / 60)} ${minutes}`;
  return seconds % 60 ? `${large} ${seconds % 60} ${unit}` : large;
};

const countDown = () => {
  for (const element of document.querySelectorAll("[data-countdown]")) {
    const left = Math.ceil((endOf(element) - Date.now()) / 1000);
    const text = left > 0 ? span(left, element.dataset) : element.dataset.over;
    if (element.textContent !== text) element.textContent = text;
  }
};
countDown();
setInterval(countDown, 250);

// Prevents a second submit before the response arrives.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.getAttribute("aria-busy") === "true") event.preventDefault();
  event.target.setAttribute("aria-busy", "true");
});
// After the Back button, a cached page may be out of date.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
