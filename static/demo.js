// Refreshes an order's state and the panel of requests. Without it, the "Refresh" link does the same.
"use strict";

const INTERVAL = 1000;
const INTERVAL_AFTER_ERROR = 5000;
const page = document.querySelector("[data-pulse]");

// Replaces the parts that differ. Open details stay open, and the focus stays.
const update = (fresh) => {
  for (const next of fresh.querySelectorAll("[data-live]")) {
    const now = document.getElementById(next.id);
    if (!now) continue;
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

// Countdowns. The server decides, not this clock. While the simulator's clock is stopped, there is none.
const ends = new WeakMap();
const countDown = () => {
  for (const element of document.querySelectorAll("[data-countdown]")) {
    if (!ends.has(element)) ends.set(element, Date.now() + Number(element.dataset.countdown) * 1000);
    const left = Math.ceil((ends.get(element) - Date.now()) / 1000);
    const text = left > 0 ? `${left} ${element.dataset.unit}` : element.dataset.over;
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
