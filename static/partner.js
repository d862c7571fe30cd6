// Small comforts. Every page works without them, and none of them decides anything.
"use strict";

// Countdowns: the server's answer counts, not this clock, so nothing is switched off at zero. The page has none where the
// simulator's clock stands; without this script it only says until when.
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

for (const element of document.querySelectorAll("[data-countdown]")) {
  const left = element.closest("[data-left]");
  if (left) left.hidden = false;
  const end = Date.now() + Number(element.dataset.countdown) * 1000;
  const timer = setInterval(() => {
    const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    element.textContent = clock(seconds);
    if (seconds > 0) return;
    clearInterval(timer);
    const expired = element.closest("[data-expired]");
    const gone = element.closest("[data-gone]");
    if (expired) {
      expired.setAttribute("role", "status");
      expired.textContent = expired.dataset.expired;
    } else if (gone) {
      gone.closest("form").querySelector(".waiting")?.classList.remove("waiting");
      gone.remove();
    }
  }, 1000);
}

// PIN and OTP: digits only, also out of a pasted sentence.
const digits = (text) => text.replace(/\D/g, "");

for (const input of document.querySelectorAll("input[inputmode=numeric]")) {
  input.addEventListener("input", () => {
    if (input.value !== digits(input.value)) input.value = digits(input.value);
  });
  input.addEventListener("paste", (event) => {
    event.preventDefault();
    const kept = input.value.slice(0, input.selectionStart) + input.value.slice(input.selectionEnd);
    const room = input.maxLength - kept.length;
    const pasted = digits(event.clipboardData.getData("text")).slice(0, room);
    input.setRangeText(pasted, input.selectionStart, input.selectionEnd, "end");
  });
}

// A second click while the answer is on its way would cost a try.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.getAttribute("aria-busy") === "true") event.preventDefault();
    form.setAttribute("aria-busy", "true");
  });
}
// A page that the browser kept and shows again (Back) may be about a step that is over.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
  for (const form of document.querySelectorAll("form")) form.removeAttribute("aria-busy");
});

// A receipt: a button that prints it, where there is a script to do so.
for (const receipt of document.querySelectorAll("[data-print]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "secondary print";
  button.dataset.testid = "receipt-print";
  button.textContent = receipt.dataset.print;
  button.addEventListener("click", () => print());
  receipt.parentElement.append(button);
}

// Testers' panel: a button that fills in the account, where its fields are on the page.
const fields = { phone: "shopperPhone", pin: "shopperPin", otp: "shopperOtp" };
const present = Object.entries(fields).filter(([id]) => document.getElementById(id));

for (const list of document.querySelectorAll("ul[data-use]")) {
  for (const item of present.length ? list.children : []) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "use";
    button.textContent = list.dataset.use;
    button.setAttribute("aria-label", `${list.dataset.use} ${item.dataset.shopperPhone}`);
    button.addEventListener("click", () => {
      for (const [id, from] of present) document.getElementById(id).value = item.dataset[from];
      document.querySelector("form .primary").focus();
    });
    item.append(button);
  }
}
