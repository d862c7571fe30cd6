// The clock in the header: Esc closes it, and a click beside it closes it and opens nothing else.
"use strict";

(() => {
  const clock = document.getElementById("clock");

  const close = () => {
    const summary = clock.querySelector("summary");
    if (clock.contains(document.activeElement)) summary.focus({ preventScroll: true });
    clock.open = false;
  };

  /** Whether the click that follows has closed the clock. */
  let closing = false;

  // On the window and before all others: what else Esc closes stays open.
  addEventListener(
    "keydown",
    (event) => {
      // A press that became a drag was followed by no click.
      closing = false;
      if (event.key !== "Escape" || !clock.open || event.isComposing) return;
      event.stopImmediatePropagation();
      event.preventDefault();
      close();
    },
    true,
  );

  const stop = (event) => {
    event.stopImmediatePropagation();
    event.preventDefault();
  };

  // Selections and focus come with the press, links and buttons with the click.
  addEventListener(
    "mousedown",
    (event) => {
      closing = event.button === 0 && clock.open && event.target instanceof Node && !clock.contains(event.target);
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
})();
