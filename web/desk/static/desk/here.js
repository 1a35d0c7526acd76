// Colleagues on the same ticket: who looks, who writes. Told over the staff stream, kept for some seconds, never stored.

const BEAT_MS = 15000;
const GONE_MS = 40000;
const WRITES_MS = 8000;
const there = new Map();
let told = "";
let toldAt = 0;
let wrote = 0;

const pane = () => document.getElementById("pane");
const conversation = () => pane()?.dataset.conversation ?? "";

function tell(doing, where = conversation()) {
  if (!where) return;
  told = doing;
  toldAt = Date.now();
  fetch(`/desk/here?conversation=${where}&doing=${doing}`, { method: "POST", keepalive: true }).catch(() => {});
}

/** A ticket was opened, or left. */
let at = "";
export function moved() {
  if (conversation() === at) return;
  if (at) tell("left", at);
  at = conversation();
  there.clear();
  show();
  if (at) tell("came");
}

// Who has just come to speak knows of the colleague they took it from: what that one was writing is no second answer.
let spoke = "";
function tookOver() {
  const speaks = pane()?.dataset.reply ?? "";
  if (speaks === "yes" && spoke === "no") for (const one of there.values()) one.doing = "views";
  spoke = speaks;
}

/** Somebody types: colleagues hear of it, and on a live chat the customer. */
export function writes(mode) {
  const doing = mode === "note" ? "notes" : "replies";
  if (told === doing && Date.now() - toldAt < 3000) return;
  wrote = Date.now();
  tell(doing);
  if (mode === "reply" && pane().dataset.reply === "yes" && document.getElementById("write")?.dataset.channel === "webchat") {
    fetch(`/desk/typing?conversation=${conversation()}`, { method: "POST" }).catch(() => {});
  }
}

/** What was written is sent: nobody waits for it any more. */
export function sent() {
  wrote = 0;
  tell("views");
}

/** What the stream says of a colleague. */
export function heard({ user, name, doing, conversation: where }) {
  if (where !== conversation() || user === document.body.dataset.user) return;
  if (doing === "left") there.delete(user);
  else there.set(user, { name, doing: doing === "came" ? "views" : doing, at: Date.now() });
  if (doing === "came") tell(Date.now() - wrote < WRITES_MS ? told : "views");
  show();
}

/** The name of a colleague who writes a reply at this moment, or nothing. */
export function alsoReplies() {
  return [...there.values()].find(({ doing, at: when }) => doing === "replies" && Date.now() - when < WRITES_MS)?.name;
}

function show() {
  const now = Date.now();
  for (const [user, { at: when }] of there) if (now - when > GONE_MS) there.delete(user);
  const here = document.getElementById("here");
  const line = document.getElementById("colleagues-write");
  if (!here) return;
  const { here: also, replies, notes } = document.body.dataset;
  const all = [...there.values()];
  say(here, all.length ? also.replace("%s", all.map(({ name }) => name).join(", ")) : "");
  const writing = all.find(({ doing, at: when }) => doing !== "views" && now - when < WRITES_MS);
  if (line) say(line, writing ? (writing.doing === "notes" ? notes : replies).replace("%s", writing.name) : "");
}

function say(place, words) {
  if (place.textContent !== words) place.textContent = words;
  place.hidden = !words;
}

setInterval(() => {
  show();
  if (document.visibilityState === "visible" && Date.now() - toldAt > BEAT_MS) tell("views");
}, 2000);
document.body.addEventListener("desk:settled", () => { moved(); tookOver(); show(); });
addEventListener("pagehide", () => tell("left"));
moved();
tookOver();
