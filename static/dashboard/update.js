// Brings a page up to date: what differs from the page that the simulator renders now is changed in place. Elements stay
// the same, and with them focus, selected text, scrolled panels and open details. What a user fills in is not touched.

const FIELDS = "input:not([type=hidden]), select, textarea";
const FOCUSABLE = "a, button, input, select, textarea, summary, [tabindex]";

const changed = (field) => {
  if (field.matches("select")) {
    const initial = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(0, initial);
  }
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
};

/** Whether the user is filling in a form in this part of the page, or reads why it was refused. */
export const isEdited = (part) =>
  part.querySelector(".form-error") !== null ||
  [...part.querySelectorAll(FIELDS)].some((field) => field === document.activeElement || changed(field));

/** Returns a function that restores the focus after an update. */
const keepFocus = () => {
  const old = document.activeElement;
  const id = old?.closest("[data-region]")?.id;
  const key = old?.closest("[data-key]")?.dataset.key;
  const all = () => {
    const region = id && document.getElementById(id);
    const place = region && key ? region.querySelector(`[data-key="${CSS.escape(key)}"]`) : region;
    return place ? [place, ...place.querySelectorAll(FOCUSABLE)] : [];
  };
  const at = all().indexOf(old);
  return () => {
    if (!old?.isConnected) all()[at]?.focus({ preventScroll: true });
  };
};

/** Attributes that belong to the user and not to the simulator: which details are open. */
const isUsers = (element, name) => name === "open" && element.matches("details, dialog");

const morphAttributes = (old, fresh) => {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !isUsers(old, name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !isUsers(old, name)) old.setAttribute(name, value);
  }
};

/** A field shows its new default: it is not edited, but it may have been. */
const morphValue = (old, fresh) => {
  if (old.matches("input:not([type=hidden]), textarea") && old.value !== fresh.value) old.value = fresh.value;
  if (old.matches("[type=checkbox], [type=radio]")) old.checked = fresh.checked;
  if (old.matches("select")) old.selectedIndex = fresh.selectedIndex;
};

/** What an element is for: one with another purpose is another element, and does not inherit the focus. */
const purpose = (element) => {
  const named = ["id", "data-key", "data-testid", "name", "value", "action"].map((name) => element.getAttribute?.(name));
  return [element.nodeName, ...named].join("\n");
};

/** Makes an element or a text like another one, and changes only what differs. */
const morph = (old, fresh) => {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  morphAttributes(old, fresh);
  let next = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    let twin = next;
    // What stands before it and is not in the new page goes; what is new comes in between.
    while (twin && purpose(twin) !== purpose(child)) twin = twin.nextSibling;
    if (!twin) {
      old.insertBefore(child, next);
      continue;
    }
    while (next !== twin) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
    }
    next = twin.nextSibling;
    morph(twin, child);
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
  morphValue(old, fresh);
};

/**
 * Updates a list with keys: only items that are new, removed or different change. Returns whether an item is edited, and
 * so stays as it is.
 */
const merge = (list, fresh) => {
  const items = [...fresh.children];
  const keys = new Set(items.map((item) => item.dataset.key));
  const known = new Map();
  let isHeld = false;
  for (const item of [...list.children]) {
    item.removeAttribute("data-fresh");
    if (keys.has(item.dataset.key)) known.set(item.dataset.key, item);
    else if (isEdited(item)) isHeld = true;
    else item.remove();
  }
  const filled = known.size > 0;
  let next = list.firstElementChild;
  for (const item of items) {
    const old = known.get(item.dataset.key);
    while (next && !keys.has(next.dataset.key)) next = next.nextElementSibling;
    if (old && isEdited(old)) {
      isHeld ||= !old.isEqualNode(item);
      if (old === next) next = next.nextElementSibling;
    } else if (old && old === next) {
      next = old.nextElementSibling;
      morph(old, item);
    } else {
      item.toggleAttribute("data-fresh", filled && !old);
      list.insertBefore(item, next);
      old?.remove();
    }
  }
  return isHeld;
};

/** Makes this page like a newer one. Returns whether something waits until the user leaves a form. */
export const update = (fresh) => {
  const restoreFocus = keepFocus();
  let isHeld = false;
  document.title = fresh.title;
  const main = document.getElementById("main");
  const hasProblem = (page) => page.getElementById("problem") !== null;
  if (hasProblem(document) !== hasProblem(fresh)) {
    // The data of this page was deleted, or exists again.
    if (isEdited(main)) isHeld = true;
    else main.replaceWith(fresh.getElementById("main"));
  }
  for (const region of document.querySelectorAll("[data-region]")) {
    const next = fresh.getElementById(region.id);
    if (!next || region.isEqualNode(next)) continue;
    if (region.matches("[data-keyed]")) isHeld = merge(region, next) || isHeld;
    else if (isEdited(region)) isHeld = true;
    // A clock that is a new element was rendered just now: scripts count from there.
    else if (region.dataset.at !== next.dataset.at) region.replaceWith(next);
    else morph(region, next);
  }
  restoreFocus();
  document.dispatchEvent(new Event("updated"));
  return isHeld;
};
