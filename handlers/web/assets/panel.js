// What follows only saves steps: every page works without it.
"use strict";

// Copy buttons.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  if (source.select) source.select();
  else getSelection().selectAllChildren(source);
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
  } catch {
    document.execCommand("copy"); // plain http has no clipboard of its own
  }
  const before = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = before; }, 2000);
});
const showCopy = () => { for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false; };
showCopy();

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

// Why a button did not do its work, or else the first wrong field, gets the focus.
(document.getElementById("not-on") ?? document.querySelector("[aria-invalid]"))?.focus();

// Parts that change by themselves, the menu's counters and the title are fetched again while
// somebody sees the page: one request at a time, and ever later while the server is away. What
// did not change stays the same element, so nobody loses the focus, what is marked, what is open
// or what is typed.
const menu = document.getElementById("menu");
const offline = document.getElementById("offline");
let timer, looking = false, failed = 0;

// keyOf tells rows, fields and forms from their neighbours.
const keyOf = (node) => node.nodeType !== Node.ELEMENT_NODE ? ""
  : ["id", "name", "value", "action"].map((name) => node.getAttribute(name) ?? "").join(" ") +
    (node.matches("tr, li") ? node.querySelector("a")?.getAttribute("href") ?? "" : "");
const isSame = (a, b) => a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
// What is filled in stays as it is, with all that is sent with it.
const isFilled = (node) => node.matches("select, textarea, input:not([type=hidden])") ||
  node.matches("form") && node.querySelector("select, textarea, input:not([type=hidden])") !== null;
const ours = ["open", "disabled", "hidden"]; // attributes that this page has changed itself

// renew makes an element like one that has just come.
function renew(old, now) {
  if (old.isEqualNode(now)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) { old.nodeValue = now.nodeValue; return; }
  if (isFilled(old)) return;
  for (const { name } of [...old.attributes]) if (!now.hasAttribute(name) && !ours.includes(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) {
    if (old.getAttribute(name) !== value && !ours.includes(name)) old.setAttribute(name, value);
  }
  let at = old.firstChild;
  for (const child of [...now.childNodes]) {
    let match = at;
    while (match && !isSame(match, child)) match = child.nodeType === Node.ELEMENT_NODE ? match.nextSibling : null;
    if (!match) { old.insertBefore(child, at); continue; }
    while (at !== match) { const gone = at; at = at.nextSibling; gone.remove(); }
    at = match.nextSibling;
    renew(match, child);
  }
  while (at) { const gone = at; at = at.nextSibling; gone.remove(); }
}

// count puts how many orders need attention into the title, and says it once when there are more.
function count() {
  const n = Number(menu?.dataset.count ?? 0);
  const before = Number(/^\((\d+)\) /.exec(document.title)?.[1] ?? 0);
  document.title = (n ? `(${n}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  if (n > before) document.getElementById("said").textContent = menu.dataset.said;
}

async function look() {
  const parts = [...document.querySelectorAll("[data-refresh]")].filter((part) => !part.parentElement.closest("[data-refresh]"));
  if (document.hidden || looking || !parts.length && !menu) return;
  looking = true;
  try {
    const headers = { "X-Renew": "1" }; // nobody uses the session
    if ("foreign" in document.body.dataset) headers["X-Foreign"] = "1"; // such a page is not packed
    const answer = await fetch(parts.length ? location.href : menu.dataset.live, { headers, signal: AbortSignal.timeout(20000) });
    if (answer.redirected && offline) offline.textContent = offline.dataset.out;
    if (answer.redirected || answer.status >= 400 && answer.status < 500) return; // signed out meanwhile, or gone
    if (!answer.ok) throw new Error(answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts) {
      const now = fresh.getElementById(part.id);
      if (now) renew(part, now);
      else part.removeAttribute("data-refresh");
    }
    const now = fresh.getElementById("menu");
    if (menu && now) { renew(menu, now); count(); }
    showCopy();
    failed = 0;
  } catch {
    failed = Math.min(failed + 1, 5);
  } finally {
    looking = false;
  }
  if (offline && !failed !== !offline.textContent) offline.textContent = failed ? offline.dataset.text : "";
  wait();
}

function wait() {
  clearTimeout(timer);
  const parts = [...document.querySelectorAll("[data-refresh]")];
  if (!parts.length && !menu) return;
  const seconds = Math.min(...parts.map((part) => Number(part.dataset.refresh)), 30);
  timer = setTimeout(look, Math.min(seconds * 2 ** failed, 120) * 1000);
}
document.addEventListener("visibilitychange", look);
addEventListener("online", look);
wait();

// Keys: / finds an order, g and a letter lead to a page of the menu, ? names them. A letter is
// known by its place, so they work in the Russian layout too, and none does while one types.
const search = document.getElementById("q");
const toSearch = () => { search.focus(); search.select(); };
let went = 0; // when g was pressed
if (menu && document.body.dataset.keys) {
  search?.setAttribute("aria-keyshortcuts", "/");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing ||
      event.target.closest("input, select, textarea, [contenteditable]")) return;
    let key = event.key.toLowerCase();
    if (event.code === "Slash" && ".,".includes(key)) key = key === "." ? "/" : "?";
    else if (/^Key.$/.test(event.code) && !/^[a-z]$/.test(key)) key = event.code[3].toLowerCase();
    const to = Date.now() - went < 1500 && /^[a-z]$/.test(key) ? menu.querySelector(`[data-key=${key}]`) : null;
    went = key === "g" ? Date.now() : 0;
    if (key === "/" && search) toSearch();
    else if (key === "/") location = menu.querySelector("[data-key=o]").href + "#q";
    else if (key === "?") location = document.body.dataset.keys;
    else if (to) location = to.href;
    else return;
    event.preventDefault();
  });
}
if (search && location.hash === "#q") toSearch();

// What nobody has asked for does not stand in the address of a list.
for (const form of document.querySelectorAll("form[role=search]")) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
}

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
