// Times: the browser's own time joins the others on hover, and "2 min ago" stays true while the simulator's clock runs.

const lang = document.documentElement.lang;

const local = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "long" });

/** The same words as in src/dashboard/parts/time.rs. */
const WORDS = {
  en: { now: "just now", ago: (span) => `${span} ago`, in: (span) => `in ${span}`, units: ["s", "min", "h", "d"] },
  id: {
    now: "baru saja", ago: (span) => `${span} lalu`, in: (span) => `${span} lagi`,
    units: ["detik", "menit", "jam", "hari"],
  },
}[lang];

const SECONDS = [1, 60, 3600, 86_400];

const relative = (milliseconds) => {
  const seconds = Math.trunc(Math.abs(milliseconds) / 1000);
  if (seconds < 5) return WORDS.now;
  const unit = SECONDS.findLastIndex((length) => seconds >= length);
  const span = `${Math.trunc(seconds / SECONDS[unit])} ${WORDS.units[unit]}`;
  return milliseconds < 0 ? WORDS.in(span) : WORDS.ago(span);
};

// The simulator's clock: what the page said last, and how long ago.

let clock, renderedAt;

/** The simulator's time in milliseconds; none while its clock is stopped. */
export const simulatorTime = () => {
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
  for (const time of document.querySelectorAll("time[data-relative]")) {
    setText(time, relative(now - Number(time.dataset.ms)));
  }
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
setInterval(tick, 1000);
