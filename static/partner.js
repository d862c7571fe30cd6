// Small improvements. Every page works without them, and the server makes every decision.
"use strict";

// Countdowns. The server decides, not this clock, so nothing is disabled at zero. There is no countdown while the
// simulator's clock is stopped; without this script the page shows only the end time.
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

// PIN and OTP: digits only, also from a pasted sentence.
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

// Prevents a second submit, which would use up a try.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.getAttribute("aria-busy") === "true") event.preventDefault();
    form.setAttribute("aria-busy", "true");
  });
}
// After the Back button, a cached page may show a finished step.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
  for (const form of document.querySelectorAll("form")) form.removeAttribute("aria-busy");
});

// The demo shop's customer returns without a click, unless the customer stops it.
for (const notice of document.querySelectorAll("[data-return-after]")) {
  notice.hidden = false;
  let seconds = Number(notice.dataset.returnAfter);
  const timer = setInterval(() => {
    seconds -= 1;
    notice.querySelector("b").textContent = seconds;
    if (seconds > 0) return;
    clearInterval(timer);
    location.assign(document.querySelector("[data-testid=return]").href);
  }, 1000);
  notice.querySelector("button").addEventListener("click", () => {
    clearInterval(timer);
    notice.remove();
  });
}

// The button that prints a receipt.
for (const receipt of document.querySelectorAll("[data-print]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "secondary print";
  button.dataset.testid = "receipt-print";
  button.textContent = receipt.dataset.print;
  button.addEventListener("click", () => print());
  receipt.parentElement.append(button);
}

// The buttons in the testers' panel that fill in an account.
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
