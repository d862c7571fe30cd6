// The stream of news that all visible pages of a browser share. It runs in a shared worker; where a browser has none, in
// each page. While no page is visible there is no stream: with HTTP/1.1 a browser has only six connections to a host.

/** Milliseconds until a stream that was refused is asked for again. */
const RETRY = 2000;
/** A page that was not heard of for so many milliseconds has crashed. Visible pages greet every `GREETING`. */
export const GREETING = 15_000;
const MAX_SILENCE = 40_000;
/** How many messages are kept for pages that come back. */
const MAX_RECENT = 64;

/** The visible pages, and when each was heard of last. */
const pages = new Map();
/** The latest messages, and the last event before them. */
const recent = [];
let since = 0;

let source, retry, sweep, url;
/** The state of the stream: on, lost, off; empty before the first is known. */
let state = "";

const tellAll = (told) => pages.forEach((_, port) => port.postMessage(told));

const change = (to) => {
  state = to;
  tellAll({ state });
};

const receive = ({ data }) => {
  const message = JSON.parse(data);
  recent.push(message);
  if (recent.length > MAX_RECENT) since = recent.shift().upto;
  tellAll({ message });
};

const open = () => {
  retry = undefined;
  source = new EventSource(`${url}?after=${recent.at(-1)?.upto ?? since}`);
  source.onmessage = receive;
  source.onopen = () => change("on");
  source.onerror = () => {
    // The browser reconnects, unless the simulator refused because too many streams are open.
    if (source.readyState !== EventSource.CLOSED) return change("lost");
    change("off");
    retry = setTimeout(open, RETRY);
  };
};

/** At once: a browser may stop a worker whose pages have all gone, and the stream would stay open. */
const close = () => {
  source.close();
  clearTimeout(retry);
  clearInterval(sweep);
  source = undefined;
  state = "";
};

const leave = (port) => {
  if (pages.delete(port) && pages.size === 0) close();
};

/** One message of everything after an event; none where nothing is known yet. */
const after = (upto) => {
  const later = recent.filter((message) => message.upto > upto);
  // A page from before the first message: nobody knows what changed.
  const unknown = upto < since;
  const sum = (name) => later.reduce((total, message) => total + message[name], 0);
  return recent.length === 0 ? undefined : {
    ...recent.at(-1),
    events: sum("events") + (unknown ? 1 : 0),
    gone: sum("gone"),
    everywhere: later.some(({ everywhere }) => everywhere),
    touched: unknown || later.some(({ touched }) => !touched) ? null : later.flatMap(({ touched }) => touched),
  };
};

/** Serves a page. It says `{ url, upto }` while it is visible, and `{ hidden }` when it is not any more. */
export const join = (port) => {
  port.onmessage = ({ data }) => {
    if (data.hidden) return leave(port);
    pages.set(port, Date.now());
    if (!source) {
      url = data.url;
      if (recent.length === 0) since = data.upto;
      open();
      sweep = setInterval(() => {
        for (const [page, at] of pages) if (Date.now() - at > MAX_SILENCE) leave(page);
      }, GREETING);
    }
    port.postMessage({ state, message: after(data.upto) });
  };
};

// In the worker, every page that starts it is a connection.
if ("onconnect" in self) self.onconnect = ({ ports: [port] }) => join(port);
