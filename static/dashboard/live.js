// Keeps a page of the dashboard up to date. The simulator renders the HTML: after a change the script only loads the page
// again and changes the parts that differ. Everything else works without it.

import { GREETING, join } from "./stream.js";
import { isEdited, update } from "./update.js";

const { body } = document;
const live = document.getElementById("live");
/** Milliseconds between two reloads. A slow reload is followed by ten times its duration, to limit the load. */
const MIN_INTERVAL = 400;
/** Milliseconds after which a page that was about to be left, and is still there, was not left. */
const STAYED = 5000;

/** The state of the stream: on, lost, off. */
let stream = "";
/** Whether an update waits until the user leaves a form. */
let isHeld = false;
/** Whether the simulator was restarted: then the whole page is loaded again. */
let isOld = false;

const showState = () => {
  const state = stream === "on" && isHeld ? "held" : stream;
  if (live.dataset.state === state) return;
  live.dataset.state = state;
  live.textContent = live.dataset[state] ?? "";
};

/** Loads the whole page again, once nothing is filled in that this would lose. */
const restart = () => {
  isOld = true;
  isHeld = isEdited(document);
  if (isHeld) showState();
  else location.reload();
};

// Reloading.

/** What the page is as new as. */
const seen = { upto: Number(body.dataset.upto), resets: Number(body.dataset.resets) };
/** How many checks of the report failed, as the navigation shows it. */
let failed = Number(body.dataset.failed);
let reloads = 0;

/** Begins a reload, or what makes one: an older one that ends later is out of date. */
export const begin = () => {
  const number = ++reloads;
  return () => number === reloads;
};

/** The page in an answer; none where the answer is no page of the dashboard. */
export const parsed = async (response) => {
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  return fresh.body.dataset.run ? fresh : undefined;
};

/** Shows a newer page in this one. */
export const show = (fresh) => {
  if (fresh.body.dataset.run !== body.dataset.run) return restart();
  isHeld = update(fresh);
  seen.upto = Math.max(seen.upto, Number(fresh.body.dataset.upto));
  seen.resets = Math.max(seen.resets, Number(fresh.body.dataset.resets));
  failed = Number(fresh.body.dataset.failed);
  showState();
};

/** Loads the page again and updates it. */
export const reload = async () => {
  const isNewest = begin();
  const response = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  const fresh = await parsed(response);
  if (!isNewest()) return;
  if (!fresh) throw new Error("the response is not a page");
  show(fresh);
};

let isDirty = false;
let isBusy = false;
let notBefore = 0;

/** Reloads while there are updates and the page is visible. */
export const refresh = async () => {
  if (isBusy) return;
  isBusy = true;
  while (isDirty && stream === "on" && !document.hidden) {
    await new Promise((done) => setTimeout(done, Math.max(0, notBefore - performance.now())));
    const began = performance.now();
    isDirty = false;
    try {
      await reload();
    } catch {
      isDirty = true;
    }
    const now = performance.now();
    notBefore = now + Math.max(MIN_INTERVAL, 10 * (now - began));
  }
  isBusy = false;
};

/** Says that the page is out of date. */
export const outdate = () => {
  isDirty = true;
  refresh();
};

document.addEventListener("focusout", () => {
  // Where the focus goes is known only after the event.
  setTimeout(() => {
    if (isOld) restart();
    else if (isHeld) outdate();
  });
});

// Receiving news.

let missed = 0;
/** The last event that a message told of. */
let heard = seen.upto;

/** Whether a message is about what this page shows. */
const concerns = ({ upto, resets, failed: count, events, everywhere, touched, gone }) => {
  if (resets > seen.resets || count !== failed) return true;
  if (upto <= seen.upto) return false;
  const { iMid, referenceNo } = body.dataset;
  // What is about no order, such as a token that was revoked, can change the page of any.
  const isShown = ([merchant, order]) => merchant === iMid && (referenceNo === undefined || order === null || order === referenceNo);
  if (everywhere || gone > 0 || iMid === undefined) return events > 0 || gone > 0;
  return events > 0 && (!touched || touched.some(isShown));
};

const receive = (message) => {
  if (message.run !== body.dataset.run) return restart();
  const warning = document.getElementById("missed");
  if (warning && message.gone > 0 && message.upto > heard) {
    missed += message.gone;
    warning.hidden = false;
    warning.textContent = `${missed} ${warning.dataset.text}`;
  }
  isDirty ||= concerns(message);
  heard = Math.max(heard, message.upto);
  seen.upto = Math.max(seen.upto, message.upto);
  seen.resets = Math.max(seen.resets, message.resets);
};

const hear = ({ data: { state, message } }) => {
  if (state) stream = state;
  showState();
  if (message) receive(message);
  refresh();
};

/** The stream of this page alone, for browsers without shared workers, such as Chrome on Android. */
const alone = () => {
  const { port1, port2 } = new MessageChannel();
  join(port2);
  return port1;
};

let port;

/** Tells the stream whether this page is looked at. */
const greet = () => {
  if (document.hidden) port.postMessage({ hidden: true });
  else port.postMessage({ url: body.dataset.live, upto: seen.upto });
};

const listenTo = (to) => {
  port = to;
  port.onmessage = hear;
  greet();
};

const listen = () => {
  try {
    // A worker for each run of the simulator: what one knows is true for the pages of that run.
    const name = body.dataset.run;
    const worker = new SharedWorker(new URL("stream.js", import.meta.url), { type: "module", name });
    worker.onerror = () => listenTo(alone());
    listenTo(worker.port);
  } catch {
    listenTo(alone());
  }
};

listen();
document.addEventListener("visibilitychange", greet);
setInterval(() => document.hidden || greet(), GREETING);
const leave = () => port.postMessage({ hidden: true });
addEventListener("pagehide", leave);
// A browser may keep a page that was left, and freeze it together with the worker and its open stream. So the worker
// hears of it before. A page that stays, because the link was a download, comes back.
addEventListener("beforeunload", () => {
  leave();
  setTimeout(greet, STAYED);
});
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) greet();
});
