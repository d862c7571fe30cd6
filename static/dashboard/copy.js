// The "Copy" buttons. A page is complete without them: they are shown only where this script runs.
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("can-copy");
  /** How long a button says that it has copied. */
  const SHOWN = 2000;
  /** Tells a screen reader what was copied: a button's own text is not read when it changes. */
  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  document.body.append(said);

  /** Browsers have no clipboard API on plain http, except on this machine. */
  const byCommand = (text) => {
    const field = document.createElement("textarea");
    field.value = text;
    field.readOnly = true;
    field.className = "copy-source";
    const focused = document.activeElement;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    focused?.focus({ preventScroll: true });
    return copied;
  };

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return byCommand(text);
    }
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy], button[data-copy-from]");
    if (!button) return;
    const { copy: own, copyFrom: from, copied, failed } = button.dataset;
    const source = from && document.querySelector(from);
    const text = own ?? source?.value ?? source?.textContent ?? "";
    const label = button.querySelector(".copy-label");
    label.dataset.before ??= label.textContent;
    const done = (await copy(text)) ? copied : failed;
    label.textContent = done;
    said.textContent = done;
    setTimeout(() => {
      label.textContent = label.dataset.before;
      said.textContent = "";
    }, SHOWN);
  });
})();
