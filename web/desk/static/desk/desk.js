// The desk's wiring: htmx, the event stream, the composer and the keys. What each of them does is in its own module.

import * as composer from "./composer.js";
import { forgetAll } from "./drafts.js";
import { fit } from "./frame.js";
import * as here from "./here.js";
import { letIn, register } from "./keyed.js";
import { listen } from "./keys.js";
import { follow } from "./live.js";
import { ring } from "./sound.js";
import * as many from "./many.js";
import * as palette from "./palette.js";
import * as tools from "./tools.js";

const htmx = window.htmx;
const body = document.body;
const find = (id) => document.getElementById(id);
register(htmx);

body.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = body.dataset.csrf;
});

// A deed never waits behind a refresh, so a refresh that was asked before a deed was done may come after it:
// what it says is old, and it is asked again.
let deedsDone = 0;
body.addEventListener("desk:done", () => { deedsDone += 1; });
body.addEventListener("htmx:beforeRequest", ({ detail }) => { detail.xhr.deedsDone = deedsDone; });
body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (requestConfig.verb !== "get") {
    deedsDone += 1;
    requestConfig.elt.classList.remove("htmx-request"); // answered: it may be replaced by what it led to
  } else if (requestConfig.elt.id === "pane" && xhr.deedsDone < deedsDone) {
    event.detail.shouldSwap = false;
    htmx.trigger(body, "desk:ticket");
  }
});

// Refusals are said in the conversation they belong to; a page that went away is fetched anew.
body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400) return;
  const place = find("problem");
  if (!place || event.detail.requestConfig.verb === "get") {
    event.detail.shouldSwap = false;
    if (xhr.status === 404 && event.detail.target.id === "pane") leave();
    return;
  }
  event.detail.shouldSwap = true;
  event.detail.target = place;
  event.detail.swapOverride = "innerHTML";
  if (xhr.status === 409) htmx.trigger(body, "desk:ticket");
});
body.addEventListener("htmx:sendError", (event) => {
  if (event.detail.requestConfig.verb !== "get") say(body.dataset.lost);
});
// What is pressed while a reply is on its way is pressed again after it, where it then stands: it names the ticket's version.
body.addEventListener("htmx:confirm", (event) => {
  const { elt, verb, triggeringEvent } = event.detail;
  const sending = composer.underway();
  if (!sending || verb === "get" || triggeringEvent?.type !== "click" || !elt.id) return;
  event.preventDefault();
  sending.then((isTaken) => { if (isTaken) setTimeout(() => find(elt.id)?.click()); });
});
// A refusal stands until the next deed; that somebody is still there, which the page tells by itself, is none.
body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.verb !== "get" && detail.elt.id !== "presence") find("problem")?.replaceChildren();
});

// Opening a ticket, and what a swap leaves to do.
let shownNumber = find("pane").dataset.number;
let shownSeq = Number(find("pane").dataset.seq || 0);

body.addEventListener("desk:settled", () => {
  const pane = find("pane");
  const seq = Number(pane.dataset.seq || 0);
  if (pane.dataset.number !== shownNumber) {
    shownNumber = pane.dataset.number;
    opened();
  } else if (seq > shownSeq) {
    arrived();
  }
  shownSeq = seq;
  composer.refresh();
});

function opened() {
  body.toggleAttribute("data-open", Boolean(shownNumber));
  for (const row of document.querySelectorAll(".row > a")) {
    row.toggleAttribute("aria-current", row.parentElement.dataset.number === shownNumber);
    if (row.hasAttribute("aria-current")) row.setAttribute("aria-current", "true");
  }
  const queue = find("queue");
  const url = new URL(queue.getAttribute("hx-get"), location.href);
  url.searchParams.set("open", shownNumber ?? "");
  queue.setAttribute("hx-get", url.pathname + url.search);
  const words = find("subject")?.textContent.trim();
  if (words) document.title = words;
  find("pane").focus({ preventScroll: true });
  toBottom();
  composer.begin();
}

let wasNearBottom = true;
body.addEventListener("htmx:beforeSwap", () => {
  const thread = find("thread");
  wasNearBottom = !thread || thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
});

function arrived() {
  if (wasNearBottom) toBottom();
  else showNews(document.querySelector(".thread-news"), "↓");
  const last = [...document.querySelectorAll("#thread .said")].at(-1);
  if (last?.classList.contains("customer")) find("heard").textContent = last.innerText;
}

function toBottom() {
  const thread = find("thread");
  if (thread) thread.scrollTop = thread.scrollHeight;
  document.querySelector(".thread-news")?.setAttribute("hidden", "");
}

function showNews(button, words) {
  if (!button) return;
  button.textContent = words;
  button.hidden = false;
}

function leave() {
  location.assign(document.querySelector(".views a[aria-current]")?.href ?? "/desk/");
}

// The list: what waits behind "3 new".
body.addEventListener("desk:held", (event) => {
  const { count } = event.detail;
  const news = document.querySelector(".list .news");
  if (count) showNews(news, `${count} ${body.dataset.new}`);
  else news.hidden = true;
});
// What one took back oneself is seen at once, but by who writes meanwhile.
function cameBack() {
  if (!document.querySelector(".list .news") || document.activeElement?.matches("textarea, input[type=text]")) return;
  // The list is being asked for already, perhaps from before: the next answers count, too.
  letIn(5000);
  showHeld();
}
function showHeld() {
  document.querySelector(".list .news").hidden = true;
  document.activeElement?.blur();
  const rows = find("rows");
  rows?.removeAttribute("data-hold");
  htmx.trigger(body, "desk:queue");
  rows?.scrollTo({ top: 0 });
}

// Small deeds of the page itself.
function toggleContext() {
  const pane = find("pane");
  const isWide = matchMedia("(min-width: 1280px)").matches;
  pane.classList.toggle(isWide ? "folded" : "unfolded");
}

function choose(name, values) {
  const root = document.documentElement;
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = root.dataset[name] ?? (name === "theme" && isDark ? values[1] : values[0]);
  const next = values[(values.indexOf(now) + 1) % values.length];
  root.dataset[name] = next;
  localStorage.setItem(`threadline.${name}`, next);
  return next;
}

const deeds = {
  unpick: many.none,
  "close-hand-on": () => find("hand-on").close(),
  ...tools.deedsWith({ insert: composer.insert, send: () => composer.send(htmx) }),
  palette: palette.open,
  theme: () => choose("theme", ["light", "dark"]),
  density: () => choose("density", ["comfortable", "compact"]),
  sound: (button) => {
    const now = choose("sound", ["on", "off"]);
    say(button.dataset[now]);
    ring();
  },
  keys: () => find("keys").showModal(),
  news: showHeld,
  bottom: toBottom,
  context: toggleContext,
  "close-context": () => find("pane").classList.remove("unfolded"),
  mode: (button) => composer.focus(button.dataset.mode),
  resolve: () => {
    find("sure").showModal();
    find("sure-yes").focus();
  },
  "resolve-now": async (button) => {
    find("sure").close();
    if ((await composer.underway()) === false) return;
    htmx.ajax("POST", button.dataset.url, { source: button, target: "#pane", swap: "keyed", values: { version: find("pane").dataset.version } });
  },
  back: (_, event) => {
    event.preventDefault();
    leave();
  },
  pictures: (button) => {
    const frame = button.parentElement.querySelector("iframe");
    const address = `${button.parentElement.dataset.original}?images=1`;
    frame.src = address;
    fit(frame, address);
    button.hidden = true;
  },
};
body.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) deeds[button.dataset.do]?.(button, event);
  const from = event.target.closest("a.from");
  if (from) point(event, from);
  // What lies over the conversation goes with a click beside it.
  if (!event.target.closest("#context, [data-do=context], dialog")) find("pane").classList.remove("unfolded");
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    // What was chosen is on its way: the menu has said what it had to.
    const isChosen = event.target.closest("button[hx-post]");
    if (menu.contains(event.target) && !isChosen) continue;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }
});

// A sentence of the packet marks the message it came from.
function point(event, link) {
  event.preventDefault();
  const message = find(link.getAttribute("href").slice(1));
  if (!message) return;
  for (const marked of document.querySelectorAll(".marked")) marked.classList.remove("marked");
  if (matchMedia("(max-width: 1279px)").matches) find("pane").classList.remove("unfolded");
  message.classList.add("marked");
  message.scrollIntoView({ block: "center" });
  message.focus({ preventScroll: true });
}

// A mail's own form is fetched only when somebody unfolds it, into a frame that can do nothing.
body.addEventListener("toggle", (event) => {
  const box = event.target;
  if (!box.matches?.("details.original[open]") || box.querySelector("iframe")) return;
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  frame.title = box.querySelector("summary").textContent;
  frame.src = box.dataset.original;
  box.querySelector(".frame-place").append(frame);
  fit(frame, frame.src);
}, true);

body.addEventListener("input", (event) => {
  if (event.target.id !== "text") return;
  composer.typed();
  here.writes(find("write").dataset.mode);
  tools.offerNames(find("write"));
});
body.addEventListener("change", (event) => tools.changed(event.target));
body.addEventListener("desk:written", ({ detail }) => composer.restore(detail.number, detail.text, detail.form));
body.addEventListener("form:shown", () => tools.count(find("write")));
body.addEventListener("submit", (event) => {
  for (const token of event.target.querySelectorAll("input[data-token]")) token.value = body.dataset.csrf;
  if (event.target.id === "write") {
    event.preventDefault();
    composer.send(htmx);
  }
  if (event.target.closest(".menu-list")) forgetAll();
});

let quiet = 0;
function say(words, undo) {
  const toast = find("toast");
  toast.textContent = words;
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = body.dataset.undo;
    button.addEventListener("click", () => { toast.classList.remove("shown"); many.undo(htmx, undo).then(cameBack); });
    toast.append(" ", button);
  }
  toast.classList.toggle("asks", Boolean(undo));
  toast.classList.add("shown");
  clearTimeout(quiet);
  quiet = setTimeout(() => toast.classList.remove("shown"), undo ? 9000 : 3000);
}
body.addEventListener("desk:say", (event) => say(event.detail.text, event.detail.undo));
body.addEventListener("desk:settled", many.changed);
body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.elt.closest?.("#hand-on") || detail.requestConfig.verb !== "post") return;
  if (detail.successful) find("hand-on").close();
  // Behind the open form nobody would see it.
  else say(new DOMParser().parseFromString(detail.xhr.responseText, "text/html").querySelector("[role=alert]")?.textContent ?? body.dataset.failed);
});
// A younger list of what can be put in replaces the one that somebody walks along.
let walkedAt = null;
body.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  const here = document.activeElement;
  if (target.id === "insert-found") walkedAt = target.contains(here) ? here.textContent : null;
});
// A form that is asked for is there at once, empty and under its own name, until its fields have come; then it begins where it is filled in.
const isForm = ({ target, requestConfig }) => target?.id === "hand-on" && requestConfig.verb === "get";
body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const form = find("hand-on");
  if (!isForm(detail) || form.open) return;
  form.replaceChildren();
  form.setAttribute("aria-label", detail.elt.textContent.trim());
  form.setAttribute("aria-busy", "true");
  form.showModal();
});
body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!isForm(detail)) return;
  find("hand-on").removeAttribute("aria-busy");
  if (detail.successful) return;
  find("hand-on").close();
  say(body.dataset.unopened);
});
body.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target.id === "hand-on") target.querySelector("select, input:not([type=hidden]), textarea")?.focus();
  if (target.id !== "insert-found" || walkedAt === null) return;
  ([...target.querySelectorAll("button")].find((one) => one.textContent === walkedAt) ?? find("insert-q")).focus();
});
// What was added is there now; the next thing is typed into an empty form. Before the answer is put in its place, which would carry it over.
body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { elt, verb } = detail.requestConfig;
  if (detail.xhr.status < 300 && verb === "post" && elt.matches("form[data-clear]")) elt.reset();
});
many.listen(htmx);

listen({ focus: composer.focus, send: () => composer.send(htmx), toggleContext, palette: palette.open, pick: many.toggle });
follow("/desk/stream", {
  onTicket: () => htmx.trigger(body, "desk:ticket"),
  onQueue: () => htmx.trigger(body, "desk:queue"),
  onColleague: here.heard,
  onLine: (isThere) => { find("offline").hidden = isThere; },
});
if (/Mac|iP(hone|ad)/.test(navigator.platform)) {
  for (const key of document.querySelectorAll("kbd.send-key")) key.textContent = "⌘↵";
  for (const key of document.querySelectorAll("kbd.find-key")) key.textContent = "⌘K";
}
composer.begin();
toBottom();
document.querySelector(".views a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
// From the corner of another page: to call a colleague first.
addEventListener("load", () => {
  if (location.hash !== "#do-consult") return;
  history.replaceState(null, "", location.pathname + location.search);
  find("do-consult")?.click();
});
