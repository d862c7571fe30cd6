// Submits the form that returns the browser to the merchant. The button does the same without JavaScript.
"use strict";

// After the Back button, the form is not submitted again.
const [visit] = performance.getEntriesByType("navigation");
const form = document.querySelector("form[data-auto-submit]");
if (form && visit?.type !== "back_forward") {
  for (const element of document.querySelectorAll("[data-going]")) element.textContent = element.dataset.going;
  // Not form.submit: a field could be named "submit".
  HTMLFormElement.prototype.submit.call(form);
}
