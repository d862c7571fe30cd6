// The list of transactions: filters act on change, the address has only the filters that are set, and the time until the
// next attempt counts down. Without this script there is a button, and the time is that of the last update.
"use strict";

(() => {
  const FOCUS = "nicepay-sim-filter";
  const form = document.querySelector("form.list-filter");
  if (!form) return;

  form.addEventListener("change", ({ target }) => {
    if (!target.matches("select")) return;
    // The page is loaded again: the keyboard stays where it was.
    sessionStorage.setItem(FOCUS, target.name);
    form.requestSubmit();
  });
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
  const name = sessionStorage.getItem(FOCUS);
  sessionStorage.removeItem(FOCUS);
  if (name) form.elements.namedItem(name)?.focus({ preventScroll: true });

  // The units are those of the page: the largest that is not below 100 seconds, 100 minutes, 48 hours.
  const units = document.documentElement.lang === "id" ? ["detik", "menit", "jam", "hari"] : ["s", "min", "h", "days"];
  const span = (ms) => {
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 100) return `${s} ${units[0]}`;
    if (s < 6000) return `${Math.floor(s / 60)} ${units[1]}`;
    return s < 172800 ? `${Math.floor(s / 3600)} ${units[2]}` : `${Math.floor(s / 86400)} ${units[3]}`;
  };
  const seen = new WeakMap();
  setInterval(() => {
    const clock = document.getElementById("now");
    // A clock that is stopped has no such time, and nothing comes nearer.
    const at = Number(clock?.dataset.at);
    if (!at) return;
    if (!seen.has(clock)) seen.set(clock, performance.now());
    const now = at + performance.now() - seen.get(clock);
    for (const due of document.querySelectorAll("time[data-due]")) due.textContent = span(Number(due.dataset.due) - now);
  }, 1000);
})();
