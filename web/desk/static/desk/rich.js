// Light formatting of a text: the switch, the toolbar with its keys, and the preview, which the server makes as the
// customer's channel will show it. What is typed stays a plain text; nothing here turns it into a page.

const find = (id) => document.getElementById(id);
const user = document.body.dataset.user;
const PREVIEW_MS = 300;
const SIGNS = { bold: "**", italic: "_" };
const LINES = { list: () => "- ", numbers: (place) => `${place + 1}. `, quote: () => "> " };
const LINE = { list: /^- /, numbers: /^\d+\. /, quote: /^> / };
const POINT = /^(\s*)(?:([-*+])|(\d{1,9})([.)]))\s(.*)$/;

export const isOn = (box) => box.dataset.form === "markdown";
const showsAny = (box) => box.dataset.mode === "note" || Boolean((box.elements.way?.selectedOptions[0] ?? box.querySelector(".reach")).dataset.shows);
const wished = (box) => `threadline.form.${user}.${box.dataset.mode === "note" ? "note" : box.dataset.channel}`;

/** Whoever writes here as they wrote it before: a draft in its own format, an empty text as this person likes it. */
export function begin(box, draftForm) {
  const liked = localStorage.getItem(wished(box)) ?? "";
  set(box, draftForm ?? (showsAny(box) ? liked : ""));
}

/** Writes in this format from now on; what stands there stays. */
export function set(box, form) {
  box.dataset.form = form === "markdown" ? "markdown" : "";
  refresh(box);
}

/** The switch and the toolbar, where this way shows anything; what has a format keeps it on any. */
export function refresh(box) {
  const on = isOn(box);
  const button = find("form-switch");
  button.hidden = !showsAny(box) && !on;
  button.setAttribute("aria-pressed", String(on));
  find("toolbar").hidden = !on || !showsAny(box);
  preview(box);
}

export function toggle(box) {
  const form = isOn(box) ? "" : "markdown";
  localStorage.setItem(wished(box), form);
  set(box, form);
  find("text").focus();
}

let timer;
let asked = 0;
let told = { key: "", parts: 0, words: "" };

/** Asks how it will look, a moment after the last letter. */
export function preview(box) {
  clearTimeout(timer);
  const place = find("preview");
  const text = find("text").value;
  if (!isOn(box) || !text.trim()) {
    asked += 1;
    told = { key: "", parts: 0, words: "" };
    place.replaceChildren();
    find("preview-box").hidden = true;
    return;
  }
  timer = setTimeout(() => ask(box, text), PREVIEW_MS);
}

async function ask(box, text) {
  const mine = ++asked;
  const body = new URLSearchParams({ text, mode: box.dataset.mode, way: box.elements.way?.value ?? "" });
  const headers = { "X-CSRFToken": document.body.dataset.csrf };
  const answer = await fetch(box.dataset.previewUrl, { method: "POST", body, headers }).catch(() => null);
  if (!answer?.ok || mine !== asked || find("write") !== box) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const shown = page.getElementById("shown");
  told = { key: text, parts: Number(shown.dataset.parts), words: shown.dataset.words };
  find("preview").replaceChildren(...shown.childNodes);
  find("preview-box").hidden = false;
  box.dispatchEvent(new Event("form:shown", { bubbles: true }));
}

/** What is really sent of this text: its words and in how many messages; null until the server has said it. */
export const sentAs = (text) => (told.key === text ? told : null);

/** The keys of the toolbar; true when the key was meant for it. */
export function key(event) {
  const box = find("write");
  if (!box || event.target.id !== "text" || !isOn(box) || find("toolbar").hidden) return false;
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.shiftKey) return goesOn(event);
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return false;
  const name = event.shiftKey ? { Digit7: "numbers", Digit8: "list", Digit9: "quote" }[event.code] : { b: "bold", i: "italic", k: "link", e: "code" }[event.key.toLowerCase()];
  if (!name) return false;
  event.preventDefault();
  act(name);
  return true;
}

/** One of the toolbar's deeds on what is chosen in the text. */
export function act(name) {
  const area = find("text");
  if (name in SIGNS) around(area, SIGNS[name]);
  else if (name in LINES) lines(area, name);
  else if (name === "link") link(area);
  else if (chosen(area).includes("\n")) put(area, area.selectionStart, area.selectionEnd, `\`\`\`\n${chosen(area)}\n\`\`\``);
  else around(area, "`");
}

const chosen = (area) => area.value.slice(area.selectionStart, area.selectionEnd);

function around(area, sign) {
  const { value } = area;
  let { selectionStart: start, selectionEnd: end } = area;
  while (start < end && /\s/.test(value[start])) start += 1;
  while (end > start && /\s/.test(value[end - 1])) end -= 1;
  const size = sign.length;
  if (value.slice(start - size, start) === sign && value.slice(end, end + size) === sign) {
    put(area, start - size, end + size, value.slice(start, end), 0, end - start);
  } else {
    put(area, start, end, sign + value.slice(start, end) + sign, size, size + end - start);
  }
}

function lines(area, name) {
  const { value } = area;
  const start = value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const next = value.indexOf("\n", area.selectionEnd);
  const end = next < 0 ? value.length : next;
  const all = value.slice(start, end).split("\n");
  const isDone = all.every((line) => LINE[name].test(line));
  const bare = all.map((line) => line.replace(/^(?:- |\d+\. |> )/, ""));
  const made = (isDone ? bare : bare.map((line, place) => LINES[name](place) + line)).join("\n");
  // A list begins after an empty line, or it would be a part of the paragraph before.
  const before = !isDone && start > 1 && value[start - 2] !== "\n" && !POINT.test(value.slice(0, start - 1).split("\n").at(-1)) ? "\n" : "";
  put(area, start, end, before + made, before.length + made.length);
}

function link(area) {
  const words = chosen(area);
  const isAddress = /^https?:\/\/\S+$/.test(words);
  const made = isAddress ? `[](${words})` : `[${words}](https://)`;
  if (isAddress || !words) put(area, area.selectionStart, area.selectionEnd, made, 1);
  else put(area, area.selectionStart, area.selectionEnd, made, words.length + 3, made.length - 1);
}

/** A list goes on with the next line, and ends with an empty point. */
function goesOn(event) {
  const area = event.target;
  if (area.selectionStart !== area.selectionEnd || event.isComposing) return false;
  const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const found = POINT.exec(area.value.slice(start, area.selectionStart));
  if (!found) return false;
  event.preventDefault();
  const [, margin, dot, number, sign, words] = found;
  if (!words.trim()) put(area, start, area.selectionStart, "\n");
  else put(area, area.selectionStart, area.selectionStart, `\n${margin}${dot ?? Number(number) + 1 + sign} `);
  return true;
}

/** Typed and not set, so that Ctrl+Z takes it back; no other call keeps the browser's undo. */
function put(area, start, end, words, from = words.length, to = from) {
  area.focus();
  area.setSelectionRange(start, end);
  const isTyped = document.execCommand(words ? "insertText" : "delete", false, words);
  if (!isTyped) area.setRangeText(words, start, end);
  area.setSelectionRange(start + from, start + to);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Arrow keys go along the toolbar, which is one stop of the Tab key. */
export function alongToolbar(event) {
  const bar = event.target.closest?.("[role=toolbar]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!bar || (!step && event.key !== "Home" && event.key !== "End")) return false;
  const all = [...bar.querySelectorAll("button")];
  const turned = getComputedStyle(bar).direction === "rtl" ? -1 : 1;
  const at = all.indexOf(event.target) + (step ?? 0) * turned;
  const next = step ? all[(at + all.length) % all.length] : all.at(event.key === "Home" ? 0 : -1);
  for (const one of all) one.tabIndex = one === next ? 0 : -1;
  next.focus();
  event.preventDefault();
  return true;
}
