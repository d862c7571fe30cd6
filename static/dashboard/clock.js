// The clock in the header: Esc closes it, and a click beside it closes it and opens nothing else. The time until what is
// due next runs while the clock runs.
"use strict";

(() => {
  const clock = document.getElementById("clock");

  const close = () => {
    const summary = clock.querySelector("summary");
    if (clock.contains(document.activeElement)) summary.focus({ preventScroll: true });
    clock.open = false;
  };

  // On the window and before all others: what else Esc closes stays open.
  addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !clock.open || event.isComposing) return;
      event.stopImmediatePropagation();
      event.preventDefault();
      close();
    },
    true,
  );

  /** Whether the click that follows has closed the clock. */
  let closing = false;

  const stop = (event) => {
    event.stopImmediatePropagation();
    event.preventDefault();
  };

  // Selections and focus come with the press, links and buttons with the click.
  addEventListener(
    "mousedown",
    (event) => {
      closing = clock.open && event.target instanceof Node && !clock.contains(event.target);
      if (!closing) return;
      stop(event);
      close();
    },
    true,
  );
  addEventListener(
    "click",
    (event) => {
      if (!closing) return;
      closing = false;
      stop(event);
    },
    true,
  );

  const shown = (seconds, [h, min, s]) => {
    if (seconds >= 3600) return `${Math.floor(seconds / 3600)} ${h} ${Math.floor(seconds / 60) % 60} ${min}`;
    return seconds >= 60 ? `${Math.floor(seconds / 60)} ${min} ${seconds % 60} ${s}` : `${seconds} ${s}`;
  };

  setInterval(() => {
    const due = document.querySelector("#next-due [data-due]");
    const now = document.getElementById("now");
    if (!due || !now.dataset.at) return;
    const at = Date.parse(`${now.textContent.slice(0, 19).replace(" ", "T")}+07:00`);
    const seconds = Math.max(0, Math.round((Number(due.dataset.due) - at) / 1000));
    if (seconds < 86400) due.textContent = due.dataset.before + shown(seconds, due.dataset.units.split(" ")) + due.dataset.after;
  }, 1000);
})();
