// Looks again by itself: an order's state and the panel behind the shop. Every page works without this, by "Refresh".
"use strict";

const EVERY = 1000;
const AFTER_TROUBLE = 5000;
const page = document.querySelector("[data-pulse]");

// Swaps what has changed, and leaves alone what has not: what is open stays open, what has the focus keeps it.
const swap = (fresh) => {
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

const look = async () => {
  if (document.hidden) return EVERY;
  const pulse = await (await fetch("/demo/pulse", { cache: "no-store" })).text();
  if (pulse === page.dataset.pulse) return EVERY;
  const answer = await fetch(location.href, { cache: "no-store" });
  if (!answer.ok) return AFTER_TROUBLE;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  swap(fresh);
  page.dataset.pulse = fresh.querySelector("[data-pulse]")?.dataset.pulse ?? pulse;
  return EVERY;
};

const keepLooking = () => look().catch(() => AFTER_TROUBLE).then((pause) => setTimeout(keepLooking, pause));
if (document.querySelector("main [data-live]")) setTimeout(keepLooking, EVERY);

// A second click while the answer is on its way would do everything twice.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.getAttribute("aria-busy") === "true") event.preventDefault();
  event.target.setAttribute("aria-busy", "true");
});
// A page that the browser kept and shows again (Back) may be out of date.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
