// The list of transactions: filters act on change, and the address has only the filters that are set. Without this script
// there is a button.
"use strict";

(() => {
  const FOCUS = "nicepay-sim-filter";
  const form = document.querySelector("form.list-filter");
  if (!form) return;

  form.addEventListener("change", ({ target }) => {
    if (!target.matches("select")) return;
    form.requestSubmit();
    // The page is loaded again: the keyboard stays where it was.
    try {
      sessionStorage.setItem(FOCUS, target.name);
    } catch {
      // A browser that stores nothing forgets it.
    }
  });
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
  try {
    const name = sessionStorage.getItem(FOCUS);
    sessionStorage.removeItem(FOCUS);
    if (name) form.elements.namedItem(name)?.focus({ preventScroll: true });
  } catch {
    // The same.
  }
})();
