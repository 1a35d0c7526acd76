// What is being written, for each ticket and mode until it is sent: at once on this device, a moment later on the
// server, so that it is there on every other device too.

const user = document.body.dataset.user;
const key = (number, mode) => `threadline.draft.${user}.${number}.${mode}`;
const LATER_MS = 1200;
const LONGEST_MS = 3000;
const waiting = new Map();
const telling = new Map();

export function load(box, mode) {
  const own = localStorage.getItem(key(box.dataset.number, mode));
  return own ?? box.dataset[mode === "note" ? "draftNote" : "draftReply"] ?? "";
}

/** How a draft was typed; empty for plain. */
export function formOf(box, mode) {
  const here = key(box.dataset.number, mode);
  if (localStorage.getItem(here) !== null) return localStorage.getItem(`${here}.form`) ?? "";
  return box.dataset[mode === "note" ? "draftNoteForm" : "draftReplyForm"] ?? "";
}

export function save(box, mode, text, form = "") {
  const { draftUrl } = box.dataset;
  const name = keepHere(box, mode, text, form);
  const tell = () => {
    waiting.delete(name);
    const body = new URLSearchParams({ mode, text, form });
    // Refused or lost: it is kept here, and told again with the next letter.
    const told = fetch(draftUrl, { method: "POST", body, keepalive: text.length < 20000, headers: { "X-CSRFToken": document.body.dataset.csrf } })
      .catch(() => {})
      .finally(() => telling.get(name) === told && telling.delete(name));
    telling.set(name, told);
  };
  waiting.set(name, { timer: setTimeout(tell, LATER_MS), tell });
}

/** Before words are sent: keeps them on this device alone, and waits until the server has what it was told of them
 *  before. A draft that comes after its sending would bring the sent words back. */
export async function holdBack(box, mode, text, form = "") {
  const name = keepHere(box, mode, text, form);
  await Promise.race([telling.get(name), new Promise((enough) => setTimeout(enough, telling.has(name) ? LONGEST_MS : 0))]);
}

function keepHere(box, mode, text, form) {
  const name = key(box.dataset.number, mode);
  clearTimeout(waiting.get(name)?.timer);
  waiting.delete(name);
  if (text.trim()) {
    localStorage.setItem(name, text);
    localStorage.setItem(`${name}.form`, form);
  } else forgetHere(box, mode);
  return name;
}

/** Forgets what was sent, unless more was written meanwhile. The server forgot it with the sending. */
export function forget(box, mode, sent) {
  const name = key(box.dataset.number, mode);
  if (localStorage.getItem(name) !== sent) return;
  clearTimeout(waiting.get(name)?.timer);
  waiting.delete(name);
  forgetHere(box, mode);
}

function forgetHere(box, mode) {
  localStorage.removeItem(key(box.dataset.number, mode));
  localStorage.removeItem(`${key(box.dataset.number, mode)}.form`);
  box.dataset[mode === "note" ? "draftNote" : "draftReply"] = "";
}

/** Forgets everything of this person on this device, when they sign out. */
export function forgetAll() {
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(`threadline.draft.${user}.`)) localStorage.removeItem(name);
  }
}

addEventListener("pagehide", () => {
  for (const { timer, tell } of [...waiting.values()]) {
    clearTimeout(timer);
    tell();
  }
});
