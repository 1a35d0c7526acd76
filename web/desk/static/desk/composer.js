// Writing: reply or note, drafts, sending, and the message that stands there before the server has answered.

import * as drafts from "./drafts.js";
import * as here from "./here.js";
import { place } from "./keyed.js";
import * as rich from "./rich.js";
import * as tools from "./tools.js";

const form = () => document.getElementById("write");
const text = () => document.getElementById("text");

/** Makes the composer of a newly opened ticket ready, with its draft. */
export function begin() {
  const box = form();
  if (!box) return;
  const mode = !drafts.load(box, "reply") && drafts.load(box, "note") ? "note" : "reply";
  setMode(mode);
}

export function setMode(mode) {
  const box = form();
  if (!box) return;
  box.dataset.mode = mode;
  for (const tab of box.querySelectorAll("[role=tab]")) tab.setAttribute("aria-selected", String(tab.dataset.mode === mode));
  const area = text();
  area.value = drafts.load(box, mode);
  area.placeholder = area.dataset[mode];
  document.getElementById("saved").hidden = !area.value;
  rich.begin(box, area.value ? drafts.formOf(box, mode) : null);
  tools.count(box);
  refresh();
}

/** Follows who may speak: replies can be sent only by the one who does. */
export function refresh() {
  const box = form();
  if (!box) return;
  const mayReply = document.getElementById("pane").dataset.reply === "yes";
  document.getElementById("send").disabled = box.dataset.mode === "reply" && !mayReply;
}

export function focus(mode) {
  setMode(mode);
  text()?.focus();
}

export function typed() {
  const box = form();
  drafts.save(box, box.dataset.mode, text().value, box.dataset.form);
  document.getElementById("saved").hidden = !text().value.trim();
  rich.preview(box);
  tools.count(box);
}

/** Puts words into the text where the caret is, as if they had been typed. */
export function insert(words) {
  const area = text();
  area.setRangeText(words, area.selectionStart, area.selectionEnd, "end");
  area.focus();
  typed();
}

/** Words that came back: an undone reply. */
export function restore(number, words, format) {
  const box = form();
  if (box?.dataset.number !== String(number)) return;
  drafts.save(box, "reply", words, format);
  focus("reply");
}

let flight = null;

/** What is just being sent, if anything: a promise of false where it was not taken. A deed that follows waits for it,
 *  for it is about the ticket as that leaves it. */
export const underway = () => flight;

/** Sends what is written. Whatever is opened meanwhile, the answer goes only to its own ticket; what was not
 *  taken stays, in the text or in its draft. */
export function send(htmx) {
  const mine = deliver(htmx).finally(() => { if (flight === mine) flight = null; });
  flight = mine;
  return mine;
}

async function deliver(htmx) {
  const box = form();
  const words = text().value;
  if ((!words.trim() && !tools.hasFiles(box)) || document.getElementById("send").disabled) return true;
  const { mode } = box.dataset;
  const other = mode === "reply" && here.alsoReplies();
  if (other && box.dataset.warned !== other) {
    // A soft lock: two answers at once are rarely meant.
    box.dataset.warned = other;
    complain(document.body.dataset.both.replace("%s", other));
    return false;
  }
  box.dataset.warned = "";
  const format = box.dataset.form ?? "";
  const extra = mode === "reply" ? tools.putDown(box) : { files: [], values: {} };
  const held = drafts.holdBack(box, mode, words, format);
  const shown = rich.isOn(box) && !document.getElementById("preview-box").hidden ? document.getElementById("preview").cloneNode(true) : null;
  text().value = "";
  document.getElementById("names").hidden = true;
  rich.preview(box);
  document.getElementById("saved").hidden = true;
  document.getElementById("problem").replaceChildren();
  const pending = showPending(words || extra.files.map((file) => file.name).join(", "), mode, shown);
  const values = mode === "note" ? formOf({ text: words, form: format }) : formOf({ text: words, form: format, way: box.elements.way?.value ?? "", copy: box.elements.copy?.value ?? "", seen: document.getElementById("pane").dataset.seq, ...extra.values }, extra.files);
  await held;
  const answer = await post(mode === "note" ? box.dataset.noteUrl : box.dataset.replyUrl, values);
  pending.remove();
  if (answer?.ok) {
    if (form() === box && !text().value) here.sent();
    drafts.forget(box, mode, words);
    tools.sent(box, extra, words);
    place(htmx, await answer.text());
    const thread = document.getElementById("thread");
    if (form() === box) thread.scrollTop = thread.scrollHeight;
    for (const [name, detail] of Object.entries(JSON.parse(answer.headers.get("HX-Trigger")))) {
      htmx.trigger(document.body, name, detail);
    }
    return true;
  }
  if (answer?.status === 401) {
    location.assign(answer.headers.get("HX-Redirect"));
    return false;
  }
  refused(htmx, box, words, mode, answer, extra);
  return false;
}

function formOf(values, files = []) {
  const made = new FormData();
  for (const [name, value] of Object.entries(values)) made.set(name, value);
  for (const file of files) made.append("files", file, file.name);
  return made;
}

async function post(url, values) {
  const headers = { "X-CSRFToken": document.body.dataset.csrf, "HX-Request": "true" };
  try {
    return await fetch(url, { method: "POST", headers, body: values });
  } catch {
    return null;
  }
}

async function refused(htmx, box, words, mode, answer, extra) {
  const isShown = form() === box;
  const since = drafts.load(box, mode);
  const all = since === words ? words : [words, since].filter(Boolean).join("\n\n");
  drafts.save(box, mode, all, drafts.formOf(box, mode));
  if (isShown && box.dataset.mode === mode) {
    text().value = all;
    document.getElementById("saved").hidden = false;
    rich.refresh(box);
  }
  if (isShown && mode === "reply") tools.giveBack(box, extra);
  const { lost, failed } = document.body.dataset;
  const told = new DOMParser().parseFromString(answer ? await answer.text() : "", "text/html");
  const sentence = told.querySelector("[role=alert]")?.textContent ?? (answer ? failed : lost);
  if (isShown) {
    complain(sentence);
    htmx.trigger(document.body, "desk:ticket");
  } else {
    htmx.trigger(document.body, "desk:say", { text: `#${box.dataset.number}: ${sentence}` });
  }
}

function complain(sentence) {
  const line = document.createElement("p");
  line.className = "problem";
  line.setAttribute("role", "alert");
  line.textContent = sentence;
  document.getElementById("problem").replaceChildren(line);
}

// The text as it was typed, never as markup; with its form where the server has shown that already.
function showPending(words, mode, shown) {
  const row = document.createElement("li");
  row.className = `said pending ${mode === "note" ? "note" : "us"}`;
  row.dataset.key = "pending";
  const body = document.createElement("div");
  body.className = shown ? "said-form" : "said-text";
  body.dir = "auto";
  if (shown) body.replaceChildren(...shown.childNodes);
  else body.textContent = words;
  row.append(body);
  const thread = document.getElementById("thread");
  thread.append(row);
  thread.scrollTop = thread.scrollHeight;
  return row;
}
