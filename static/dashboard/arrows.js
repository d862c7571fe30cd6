// Opens an arrow beside the diagram, without leaving the page.

import { outdate, reload } from "./live.js";

const openArrow = () => document.querySelector("#arrows a[aria-current]");

const show = async (isClicked) => {
  const before = openArrow()?.closest("[data-key]").dataset.key;
  try {
    await reload();
  } catch {
    outdate();
    return;
  }
  const message = document.getElementById("message");
  const arrow = openArrow();
  if (arrow && message && (isClicked || arrow.closest("[data-key]").dataset.key !== before)) {
    message.focus({ preventScroll: true });
    message.scrollTop = 0;
    message.parentElement.scrollTop = 0;
    arrow.scrollIntoView({ block: "nearest" });
  } else if (!arrow && before) {
    document.querySelector(`#arrows [data-key="${CSS.escape(before)}"] a`)?.focus();
  }
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-open]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (link.href !== location.href) history.pushState(null, "", link.href);
  show(true);
});
addEventListener("popstate", () => show(false));
