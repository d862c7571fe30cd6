// The keyboard: `/` searches, `j` and `k` go through a list or a diagram, Enter opens, Esc closes, `?` shows the keys.

const ROWS = "[data-keyed] > [data-key], [data-row]";
const FIELDS = "input, select, textarea, [contenteditable]";
/** The address of the list asks for the search box in this way. */
const SEARCH = "#search";
/** Where a browser keeps that its user switched the keys off: assistants that type by voice press them by mistake. */
const OFF = "nicepay-sim-keys-off";

const help = document.getElementById("keys");
const toggle = help.querySelector("input");
const search = () => document.querySelector("[data-testid=search]");

const stored = () => {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false;
  }
};

toggle.checked = toggle.defaultChecked = !stored();
toggle.addEventListener("change", () => {
  toggle.defaultChecked = toggle.checked;
  try {
    if (toggle.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "");
  } catch {
    // A browser that stores nothing forgets it with the page.
  }
});

const focusSearch = () => {
  const box = search();
  if (box) {
    box.focus();
    box.select();
  } else {
    location.assign(help.dataset.list + SEARCH);
  }
};

/** What opens a row, or the row itself. */
const targetOf = (row) => {
  if (row.matches("a[href], summary, button")) return row;
  const link = row.querySelector("a[href], summary");
  if (link) return link;
  row.tabIndex = -1;
  return row;
};

/** Focuses the row that is `by` rows away from the one that is focused or opened. */
const step = (by) => {
  const rows = [...document.querySelectorAll(ROWS)].filter((row) => row.checkVisibility());
  const focused = rows.findLastIndex((row) => row.contains(document.activeElement));
  const at = focused < 0 ? rows.findIndex((row) => row.querySelector("a[aria-current]")) : focused;
  const row = at < 0 ? rows[0] : rows[at + by];
  if (!row) return;
  targetOf(row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
};

const openHelp = () => {
  // Esc closes the help first.
  document.getElementById("clock").open = false;
  help.showModal();
};

const escape = (event) => {
  // These close themselves.
  if (help.open || document.querySelector("#clock[open]")) return;
  const field = event.target.closest?.(FIELDS);
  if (field) {
    // In some browsers, Esc would empty a search box.
    if (field.type === "search") event.preventDefault();
    field.blur();
  } else {
    document.querySelector("[data-testid=close-message]")?.click();
  }
};

const COMMANDS = {
  "/": focusSearch,
  j: () => step(1),
  k: () => step(-1),
  "?": openHelp,
};

// Before other scripts: what one of them closes is closed by this key press alone.
addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return escape(event);
  const command = Object.hasOwn(COMMANDS, event.key) && COMMANDS[event.key];
  if (!command || !toggle.checked || help.open || event.target.closest?.(FIELDS)) return;
  event.preventDefault();
  command();
}, true);

document.querySelector("[data-testid=open-keys]").addEventListener("click", (event) => {
  event.preventDefault();
  openHelp();
});
help.addEventListener("click", ({ target }) => {
  // Beside the dialog.
  if (target === help) help.close();
});

if (location.hash === SEARCH && search()) {
  focusSearch();
  history.replaceState(history.state, "", location.pathname + location.search);
}
