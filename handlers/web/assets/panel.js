// What follows only saves steps: every page works without it.
"use strict";

// Copy buttons.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const input = document.getElementById(button.dataset.copy);
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
  } catch {
    document.execCommand("copy"); // plain http has no clipboard of its own
  }
  const before = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = before; }, 2000);
});
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;

// One press sends a form once.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const buttons = document.querySelectorAll("button");
  setTimeout(() => { for (const b of buttons) b.disabled = true; });
  setTimeout(() => { for (const b of buttons) b.disabled = false; }, 8000);
});
window.addEventListener("pageshow", () => { for (const b of document.querySelectorAll("button")) b.disabled = false; });

// Filters that apply themselves.
for (const select of document.querySelectorAll("select[data-go]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// The first wrong field gets the focus.
document.querySelector("[aria-invalid]")?.focus();

// Parts that change by themselves are fetched again while they say so.
function refresh() {
  const parts = document.querySelectorAll("[data-refresh]");
  if (!parts.length) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href);
      if (answer.redirected) return; // signed out meanwhile
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts) {
        const now = fresh.getElementById(part.id);
        if (now && now.outerHTML !== part.outerHTML) part.replaceWith(now); // else whoever reads it keeps the place
        else if (!now) part.removeAttribute("data-refresh");
      }
    } catch {
      // no answer this time
    }
    refresh();
  }, parts[0].dataset.refresh * 1000);
}
refresh();

// A form that shows what would come of it is tried as one types: one request at a time, and
// then once more if something was typed meanwhile.
const trial = document.querySelector("form[data-trial]");
if (trial) {
  let timer, asking = false, again = false;
  const ask = async () => {
    if (asking) { again = true; return; }
    asking = true;
    again = false;
    try {
      const typed = new FormData(trial);
      for (const secret of trial.querySelectorAll("[type=password]")) typed.delete(secret.name);
      typed.set("do", "try");
      const answer = await fetch(trial.getAttribute("action"), { method: "POST", body: new URLSearchParams(typed) });
      if (answer.redirected) return; // signed out meanwhile: a button says so
      if (answer.ok) renew(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // no answer this time
    }
    asking = false;
    if (again) ask();
  };
  const renew = (fresh) => {
    for (const part of document.querySelectorAll("[data-part]")) {
      const now = fresh.getElementById(part.id);
      if (!now || now.innerHTML === part.innerHTML) continue;
      for (const open of part.querySelectorAll("details[open][id]")) fresh.getElementById(open.id)?.setAttribute("open", "");
      part.replaceChildren(...now.childNodes);
    }
    for (const input of trial.querySelectorAll("input[id], textarea[id]")) {
      input.toggleAttribute("aria-invalid", fresh.getElementById(input.id)?.hasAttribute("aria-invalid") ?? false);
      if (input.hasAttribute("aria-invalid")) input.setAttribute("aria-invalid", "true");
    }
  };
  trial.addEventListener("input", (event) => {
    if (event.target.id === "text") trial.elements.namedItem("body").value = "text"; // what is pasted is meant
    clearTimeout(timer);
    timer = setTimeout(ask, 400);
  });
}

// A link into a closed part opens it.
function reveal() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let part = target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  target.scrollIntoView({ block: target.offsetHeight > innerHeight ? "start" : "center" });
  (target.querySelector("select") ?? target.querySelector("input:not([type=hidden])"))?.focus({ preventScroll: true });
}
addEventListener("hashchange", reveal);
reveal();
addEventListener("load", () => setTimeout(reveal)); // the browser goes to the fragment itself, and takes the focus away
