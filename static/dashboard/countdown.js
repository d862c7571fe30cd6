// Counts down to what is due, by the simulator's clock. Without it, the page shows the time at which it is due. While the
// clock is stopped, the simulator renders no time to count down to.
"use strict";

(() => {
  const UNITS = { en: ["s", "min", "h", "d"], id: ["detik", "menit", "jam", "hari"] };
  const [S, MIN, H, D] = UNITS[document.documentElement.lang] ?? UNITS.en;

  /** A duration with its two largest units, as the simulator writes it. */
  const text = (seconds) => {
    const [large, unit, small, smaller] =
      seconds < 120 ? [seconds, S, 0, S]
      : seconds < 7200 ? [Math.floor(seconds / 60), MIN, seconds % 60, S]
      : seconds < 172800 ? [Math.floor(seconds / 3600), H, Math.floor(seconds / 60) % 60, MIN]
      : [Math.floor(seconds / 86400), D, Math.floor(seconds / 3600) % 24, H];
    return small ? `${large} ${unit} ${small} ${smaller}` : `${large} ${unit}`;
  };

  /** When the clock of the header was first seen with its time. */
  const seenAt = new WeakMap();

  const now = () => {
    const clock = document.getElementById("now");
    const at = Number(clock?.dataset.at);
    if (!at) return null;
    if (!seenAt.has(clock)) seenAt.set(clock, performance.now());
    return at + performance.now() - seenAt.get(clock);
  };

  const count = () => {
    const at = now();
    if (at === null) return;
    for (const element of document.querySelectorAll("[data-due]")) {
      const seconds = Math.ceil((Number(element.dataset.due) - at) / 1000);
      const shown = seconds > 0 ? `${element.dataset.in} ${text(seconds)}` : element.dataset.over;
      if (element.textContent !== shown) element.textContent = shown;
    }
  };

  count();
  setInterval(count, 250);
})();
