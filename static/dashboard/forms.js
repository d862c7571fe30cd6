// Sends a form without leaving the place: the answer is shown where the user is, and the input of a refused form stays.

import { begin, parsed, show } from "./live.js";
import { isEdited } from "./update.js";

// The result of an action is shown once, not after a reload.
const here = new URL(location.href);
if (here.searchParams.has("done")) {
  here.searchParams.delete("done");
  history.replaceState(history.state, "", here);
}

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

const filledIn = (form, button) => new URLSearchParams(new FormData(form, button));

/** Sends a form. Returns the page that answers, and its address; none where it was refused. */
const answer = async (form, fields) => {
  let response, fresh;
  try {
    response = await fetch(form.action, { method: "POST", headers: { Accept: "text/html" }, body: fields });
    fresh = await parsed(response);
  } catch {
    refuse(form, document.getElementById("live").dataset.lost);
    return undefined;
  }
  const refused = fresh ? fresh.querySelector("[data-testid=problem-detail]") : { textContent: `HTTP ${response.status}` };
  if (refused) {
    refuse(form, refused.textContent);
    return undefined;
  }
  return { fresh, url: response.url };
};

const send = async (form, button) => {
  forget(".done, .form-error");
  const fields = filledIn(form, button);
  const isNewest = begin();
  const answered = await answer(form, fields);
  if (!answered) return;
  const { fresh, url } = answered;
  // What was typed since is not what was sent: it stays.
  if (filledIn(form, button).toString() === fields.toString()) {
    if (form.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) {
      document.activeElement.blur();
    }
    form.reset();
  }
  const { pathname, search } = new URL(url);
  const there = new URL(pathname + search, location.href);
  there.searchParams.delete("done");
  const isHere = there.pathname === location.pathname && there.search === location.search;
  if (!isHere && !isEdited(document)) {
    location.assign(url);
    return;
  }
  // A reload that began later is newer.
  if (isHere && isNewest()) show(fresh);
  const done = fresh.querySelector(".done");
  if (done) (form.closest(".sheet") ?? document.getElementById("main")).prepend(document.adoptNode(done));
};

/** The forms that are being sent: pressing twice sends once. */
const busy = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  event.preventDefault();
  if (busy.has(form)) return;
  busy.add(form);
  send(form, event.submitter).finally(() => busy.delete(form));
});

// Who leaves a refused form, or changes it, has read why.
document.addEventListener("input", ({ target }) => target.form?.querySelector(".form-error")?.remove());
document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const form = target.closest("form");
  if (form && relatedTarget && !form.contains(relatedTarget)) form.querySelector(".form-error")?.remove();
});
