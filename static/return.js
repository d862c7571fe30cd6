// Takes the browser back to the merchant by itself; the button does the same by hand.
"use strict";

// Somebody who comes back here with the Back button stays, and is not thrown forward again.
const [visit] = performance.getEntriesByType("navigation");
const form = document.querySelector("form[data-auto-submit]");
// Not form.submit: a field could be called "submit".
if (form && visit?.type !== "back_forward") HTMLFormElement.prototype.submit.call(form);
