// What helps to write: macros, suggestions, files, a time to send at, the length, and colleagues' names in notes.

import * as rich from "./rich.js";

const find = (id) => document.getElementById(id);
const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;
const DOUBLE = /[\^{}\\[~\]|€]/g;
let state = fresh();

function fresh() {
  return { number: "", files: [], macro: null, at: "", suggested: null };
}

function own(box) {
  if (state.number !== box.dataset.number) state = { ...fresh(), number: box.dataset.number };
  return state;
}

export const hasFiles = (box) => own(box).files.length > 0;

/** What goes with the text. It is put down at once: what is sent next is another reply, whenever this one is answered. */
export function putDown(box) {
  const taken = { ...own(box), then: box.elements.then.value };
  state = { ...fresh(), number: box.dataset.number };
  box.elements.then.value = "";
  show(box);
  const { macro, at, then } = taken;
  return { ...taken, values: { then, ...(macro && { macro: macro.id }), ...(at && { at }) } };
}

/** It was refused: with the words comes back what went with them, but for what was chosen anew meanwhile. */
export function giveBack(box, taken) {
  const { files, macro, at, suggested } = own(box);
  state = { ...state, files: [...taken.files, ...files], macro: macro ?? taken.macro, at: at || taken.at, suggested: suggested ?? taken.suggested };
  box.elements.then.value ||= taken.then;
  show(box);
}

/** It was taken: what came of a suggestion is told. */
export function sent(box, { suggested }, words) {
  if (suggested) judge(box, suggested, suggested.text.trim() === words.trim() ? "accepted" : "edited");
}

export function count(box) {
  const place = find("count");
  const words = find("text").value;
  const { length, channel, wordsParts, wordsSegments } = box.dataset;
  place.textContent = "";
  if (box.dataset.mode !== "reply" || !words) return;
  // With a form, of what the server says is really sent.
  const sent = rich.isOn(box) ? rich.sentAs(words) : { words, parts: Math.ceil(words.length / Number(length)) };
  if (!sent) return;
  const { parts } = sent;
  const billed = segments(sent.words);
  if (channel === "sms") place.textContent = wordsSegments.replace("%n", billed) + cost(box, billed);
  else if (parts > 1) place.textContent = wordsParts.replace("%n", parts);
}

/** What so many segments cost, if the settings say what one does; in the reader's own way of writing amounts. */
function cost({ dataset }, count) {
  const price = Number(dataset.price);
  if (!price) return "";
  const sum = (price * count).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 4 });
  return ` · ${sum} ${dataset.currency ?? ""}`.trimEnd();
}

// 3GPP TS 23.038: 160 characters of its alphabet, or 70 of any other, fewer where there are several segments.
function segments(words) {
  const isPlain = GSM.test(words);
  const units = isPlain ? words.length + (words.match(DOUBLE)?.length ?? 0) : words.length;
  const [one, each] = isPlain ? [160, 153] : [70, 67];
  return units <= one ? 1 : Math.ceil(units / each);
}

function show(box) {
  const { files, macro, at } = own(box);
  const list = find("attached");
  list.hidden = !files.length;
  list.replaceChildren(...files.map((file, place) => {
    const row = document.createElement("li");
    const name = document.createElement("span");
    name.className = "file-name";
    name.textContent = file.name;
    const away = document.createElement("button");
    away.type = "button";
    away.textContent = "×";
    away.setAttribute("aria-label", `× ${file.name}`);
    away.addEventListener("click", () => { files.splice(place, 1); show(box); });
    row.append(name, away);
    return row;
  }));
  const said = [];
  if (macro) said.push([box.dataset.wordsMacro.replace("%s", macro.name), ...macro.does].join(" · "));
  const missing = macro?.missing.filter((name) => find("text").value.includes(`{{${name}}}`)) ?? [];
  if (missing.length) said.push(box.dataset.wordsMissing.replace("%s", missing.join(", ")));
  if (at) said.push(box.dataset.wordsAt.replace("%s", new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" })));
  find("with").textContent = said.join(" · ");
}

function judge(box, source, outcome) {
  const body = new URLSearchParams({ article: source.article, revision: source.revision, outcome });
  fetch(box.dataset.judgedUrl, { method: "POST", body, headers: { "X-CSRFToken": document.body.dataset.csrf } }).catch(() => {});
}

/** The deeds of the composer's buttons. */
export function deedsWith({ insert, send }) {
  const box = () => find("write");
  return {
    async macro(button) {
      find("insert").open = false;
      const answer = await fetch(`${button.dataset.url}?form=${box().dataset.form ?? ""}`);
      if (!answer.ok) return;
      const macro = await answer.json();
      own(box()).macro = macro;
      if (macro.then) box().elements.then.value = macro.then;
      insert(macro.text);
      show(box());
    },
    article(button) {
      find("insert").open = false;
      const { title, path } = button.dataset;
      const address = location.origin + path;
      const words = rich.isOn(box()) ? `[${title.replace(/[\\[\]]/g, "\\$&")}](${address})` : `${title}: ${address}`;
      // On a line of its own: what is typed on would be taken for a part of the address.
      const { value, selectionStart } = box().elements.text;
      insert(`${/\S$/.test(value.slice(0, selectionStart)) ? "\n" : ""}${words}\n`);
    },
    use(button) {
      const suggested = find("suggested-text");
      const words = rich.isOn(box()) ? suggested.dataset.typed : suggested.textContent;
      own(box()).suggested = { text: words, ...button.dataset };
      find("suggestion").replaceChildren();
      insert(words);
    },
    reject(button) {
      judge(box(), button.dataset, "rejected");
      find("suggestion").replaceChildren();
    },
    "use-translation"() {
      const area = box().elements.text;
      const words = find("translated-text").textContent;
      find("suggestion").replaceChildren();
      area.focus();
      area.select();
      // Typed and not set, so that Ctrl+Z brings one's own words back; no other call keeps the browser's undo.
      if (!document.execCommand("insertText", false, words)) area.value = words;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
    form: () => rich.toggle(box()),
    format: (button) => rich.act(button.dataset.format),
    dismiss: () => find("suggestion").replaceChildren(),
    "send-at"(button) {
      find("later").open = false;
      own(box()).at = button.dataset.at;
      show(box());
      send();
    },
  };
}

/** Fields of the composer that were changed. */
export function changed(field) {
  const box = find("write");
  if (field.id === "files") {
    own(box).files.push(...field.files);
    field.value = "";
    show(box);
  }
  if (field.name === "way") rich.refresh(box);
  if (field.dataset.change === "send-at" && field.value) {
    // Without a zone: the server reads it in the person's own.
    own(box).at = field.value;
    find("later").open = false;
    show(box);
    find("send").focus();
  }
}

// An @ in a note offers the colleagues who may see the ticket.
const names = new Map();
export async function offerNames(box) {
  const place = find("names");
  const area = find("text");
  const before = () => area.value.slice(0, area.selectionStart);
  const typed = before();
  const asked = /(?:^|\s)@([\p{L}.]*(?: [\p{L}.]*)?)$/u.exec(typed);
  place.hidden = true;
  if (box.dataset.mode !== "note" || !asked) return;
  const { number, colleaguesUrl } = box.dataset;
  if (!names.has(number)) names.set(number, fetch(colleaguesUrl).then((answer) => answer.json(), () => ({ names: [] })));
  const fits = (await names.get(number)).names.filter((name) => name.toLocaleLowerCase().startsWith(asked[1].toLocaleLowerCase()));
  // The names may come when the note is sent already, or another is written.
  if (!fits.length || fits[0] === asked[1] || before() !== typed || box.dataset.mode !== "note") return;
  place.replaceChildren(...fits.slice(0, 6).map((name, at) => {
    const row = document.createElement("div");
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(at === 0));
    row.textContent = name;
    row.addEventListener("pointerdown", (event) => { event.preventDefault(); take(area, asked[1], name); });
    return row;
  }));
  place.hidden = false;
}

function take(area, typed, name) {
  const end = area.selectionStart;
  area.setRangeText(`${name} `, end - typed.length, end, "end");
  find("names").hidden = true;
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Arrow keys and Enter while names are offered; true when the key was meant for them. */
export function nameKey(event) {
  const place = find("names");
  if (!place || place.hidden || event.target.id !== "text") return false;
  const all = [...place.children];
  const at = all.findIndex((row) => row.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = (at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length;
    all.forEach((row, index) => row.setAttribute("aria-selected", String(index === next)));
  } else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") {
    const asked = /@([\p{L}.]*(?: [\p{L}.]*)?)$/u.exec(event.target.value.slice(0, event.target.selectionStart));
    take(event.target, asked[1], all[at].textContent);
  } else if (event.key === "Escape") {
    place.hidden = true;
  } else return false;
  event.preventDefault();
  return true;
}
