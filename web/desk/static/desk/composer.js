// Writing: reply or note, drafts, sending, and the message that stands there before the server has answered.

import * as drafts from "./drafts.js";

const form = () => document.getElementById("write");
const text = () => document.getElementById("text");

/** Makes the composer of a newly opened ticket ready, with its draft. */
export function begin() {
  const box = form();
  if (!box) return;
  const mode = !drafts.load(box.dataset.number, "reply") && drafts.load(box.dataset.number, "note") ? "note" : "reply";
  setMode(mode);
}

export function setMode(mode) {
  const box = form();
  if (!box) return;
  box.dataset.mode = mode;
  for (const tab of box.querySelectorAll("[role=tab]")) tab.setAttribute("aria-selected", String(tab.dataset.mode === mode));
  const area = text();
  area.value = drafts.load(box.dataset.number, mode);
  area.placeholder = area.dataset[mode];
  document.getElementById("saved").hidden = !area.value;
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
  drafts.save(box.dataset.number, box.dataset.mode, text().value);
  document.getElementById("saved").hidden = !text().value.trim();
}

export async function send(htmx) {
  const box = form();
  const words = text().value;
  if (!words.trim() || document.getElementById("send").disabled) return;
  const { number, mode } = box.dataset;
  const url = mode === "note" ? box.dataset.noteUrl : box.dataset.replyUrl;
  const then = mode === "note" ? "" : box.elements.then.value;
  drafts.save(number, mode, words);
  text().value = "";
  document.getElementById("saved").hidden = true;
  const pending = showPending(words, mode);
  let isDone = false;
  const finished = (event) => {
    if (event.detail.pathInfo?.requestPath !== url) return;
    document.body.removeEventListener("htmx:afterRequest", finished);
    isDone = event.detail.successful;
  };
  document.body.addEventListener("htmx:afterRequest", finished);
  await htmx.ajax("POST", url, { source: box, target: "#pane", swap: "keyed", values: { text: words, then } });
  pending.remove();
  if (isDone) {
    drafts.forget(number, mode, words);
    if (form()?.elements.then) form().elements.then.value = "";
  } else if (form()?.dataset.number === number && form().dataset.mode === mode && !text().value) {
    text().value = words;
    document.getElementById("saved").hidden = false;
  }
}

// The text as it was typed, never as markup.
function showPending(words, mode) {
  const row = document.createElement("li");
  row.className = `said pending ${mode === "note" ? "note" : "us"}`;
  row.dataset.key = "pending";
  const body = document.createElement("div");
  body.className = "said-text";
  body.dir = "auto";
  body.textContent = words;
  row.append(body);
  const thread = document.getElementById("thread");
  thread.append(row);
  thread.scrollTop = thread.scrollHeight;
  return row;
}
