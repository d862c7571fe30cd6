// Times: the browser's own time joins the others on hover; "2 min ago" and "in 38 s" stay true while the simulator's clock
// runs. While it is stopped, they stay as they are.

const lang = document.documentElement.lang;

const local = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "long" });

/** The same words as in src/dashboard/parts/time.rs. */
const WORDS = {
  en: { justNow: "just now", now: "now", ago: (span) => `${span} ago`, in: (span) => `in ${span}`, units: ["s", "min", "h", "d"] },
  id: {
    justNow: "baru saja", now: "sekarang", ago: (span) => `${span} lalu`, in: (span) => `dalam ${span}`,
    units: ["detik", "menit", "jam", "hari"],
  },
}[lang];

const SECONDS = [1, 60, 3600, 86_400];
/** Up to here, an exact time is in seconds. */
const SHORT = 120;
/** From so many seconds on, a time has no second unit. */
const LONG = 864_000;

/** A time in its largest unit, or in its two largest. */
const span = (seconds, isExact) => {
  const unit = isExact && seconds < SHORT ? 0 : SECONDS.findLastIndex((length) => seconds >= length);
  const large = `${Math.trunc(seconds / SECONDS[unit])} ${WORDS.units[unit]}`;
  if (!isExact || unit === 0 || seconds >= LONG) return large;
  const small = Math.trunc((seconds % SECONDS[unit]) / SECONDS[unit - 1]);
  return small ? `${large} ${small} ${WORDS.units[unit - 1]}` : large;
};

const ago = (seconds) => (seconds < 5 ? WORDS.justNow : WORDS.ago(span(seconds, false)));

const relative = (time, now) => {
  const left = Number(time.dataset.ms) - now;
  if (left > 0) return WORDS.in(span(Math.ceil(left / 1000), true));
  return time.dataset.relative === "due" ? WORDS.now : ago(Math.trunc(-left / 1000));
};

// The simulator's clock: what the page said last, and how long ago.

let clock, renderedAt;

/** The simulator's time in milliseconds; none while its clock is stopped. */
const simulatorTime = () => {
  const now = document.getElementById("now");
  const at = Number(now.dataset.at);
  if (!at) return undefined;
  if (now !== clock) [clock, renderedAt] = [now, performance.now()];
  return at + performance.now() - renderedAt;
};

const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const tick = () => {
  const now = simulatorTime();
  if (now === undefined || document.hidden) return;
  const jakarta = new Date(now + 7 * 3600 * 1000);
  setText(document.getElementById("now"), `${jakarta.toISOString().slice(0, 19).replace("T", " ")} WIB`);
  for (const time of document.querySelectorAll("time[data-relative]")) setText(time, relative(time, now));
};

const addLocal = () => {
  for (const time of document.querySelectorAll("time[data-ms]")) {
    const text = local.format(Number(time.dataset.ms));
    if (!time.title.includes(text)) time.title += `\n${text}`;
  }
  tick();
};

addLocal();
document.addEventListener("updated", addLocal);
document.addEventListener("visibilitychange", tick);
// So often that no second is left out.
setInterval(tick, 250);
