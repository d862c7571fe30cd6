// Takes the browser back to the merchant by itself; the button does the same by hand.
"use strict";

// Somebody who comes back here with the Back button stays, and is not thrown forward again.
const [visit] = performance.getEntriesByType("navigation");
const form = document.querySelector("form[data-auto-submit]");
if (form && visit?.type !== "back_forward") {
  for (const element of document.querySelectorAll("[data-going]")) element.textContent = element.dataset.going;
  // Not form.submit: a field could be called "submit".
  HTMLFormElement.prototype.submit.call(form);
}
