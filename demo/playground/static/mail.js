"use strict";
// The mail program: lists conversations, shows letters, sends letters. HTML of others stands in frames in which nothing runs.
const at = (id) => document.getElementById(id);
const threads = at("threads"), letters = at("letters"), box = at("box"), text = at("text"), title = at("title"), files = at("files");
let view = { places: [], threads: [] }, open = "", place = "", shown = "", busy = false;
const read = new Map(); // How many letters of each conversation were seen.
const starters = ["How do I reset my password?", "Do you give discounts to resellers who buy two hundred devices at once?"];

function make(name, props, ...children) {
  const node = Object.assign(document.createElement(name), props);
  node.append(...children);
  return node;
}

function words(said) {
  const parts = [];
  let end = 0;
  for (const found of said.matchAll(/https?:\/\/[^\s<>]+[^\s<>.,;:!?)]/g)) {
    parts.push(said.slice(end, found.index), make("a", { href: found[0], textContent: found[0], target: "_blank", rel: "noopener noreferrer" }));
    end = found.index + found[0].length;
  }
  return [...parts, said.slice(end)];
}

// What is quoted at the end is folded away.
function body(said) {
  const lines = said.split("\n");
  let from = lines.length;
  while (from > 0 && (lines[from - 1].startsWith(">") || !lines[from - 1].trim())) from -= 1;
  const quoted = lines.slice(from).join("\n").trim();
  if (from > 0 && lines[from - 1].endsWith("wrote:")) from -= 1;
  if (!quoted.startsWith(">")) return [make("p", {}, ...words(said))];
  return [make("p", {}, ...words(lines.slice(0, from).join("\n"))),
    make("details", {}, make("summary", { textContent: "Quoted" }), make("p", {}, ...words(quoted)))];
}

function frame(letter) {
  const node = make("iframe", { src: `/play/mail/letter/${letter.id}`, title: `Letter of ${letter.name}` });
  // It may be measured, and its links open elsewhere; scripts and forms it has none.
  node.sandbox = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";
  node.onload = () => { node.style.height = `${node.contentDocument.documentElement.scrollHeight + 4}px`; };
  return node;
}

function fileOf(name, ref) {
  const url = `/play/mail/file/${encodeURIComponent(ref)}`;
  const link = make("a", { href: url, textContent: `↓ ${name}`, download: name });
  const picture = make("img", { src: url, alt: name, onerror: () => picture.replaceWith(link) });
  return picture;
}

function when(at) {
  return at ? new Date(at).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }) : "";
}

function card(letter) {
  const item = make("li", { className: letter.is_own ? "letter own" : "letter" });
  item.append(make("header", {}, make("b", { textContent: letter.name }), make("small", { textContent: letter.is_own ? `to ${letter.to}` : letter.address }),
    make("time", { dateTime: letter.at, textContent: when(letter.at) })));
  if (letter.problem) item.append(make("p", { className: "problem", textContent: `Not arrived: ${letter.problem}` }));
  item.append(...(letter.is_rich ? [frame(letter)] : body(letter.text)));
  if (letter.files.length) item.append(make("div", { className: "files" }, ...letter.files.map(([name, ref]) => fileOf(name, ref))));
  return item;
}

function row(thread) {
  const last = thread.letters.at(-1), fresh = (read.get(thread.id) || 0) < thread.letters.length && !last.is_own;
  const button = make("button", { type: "button", className: fresh ? "fresh" : "", onclick: () => show(thread.id) },
    make("b", { textContent: thread.subject }),
    make("span", { textContent: `${last.name}: ${last.text.split("\n")[0]}` }),
    make("span", { textContent: [when(last.at), thread.letters.length === 1 ? "1 letter" : `${thread.letters.length} letters`].filter(Boolean).join(" · ") }));
  button.setAttribute("aria-current", String(thread.id === open));
  return make("li", {}, button);
}

function show(thread) {
  if (thread !== open) { open = thread; shown = ""; text.value = ""; files.value = ""; chosen(); }
  document.body.dataset.shows = "letters";
  draw();
}

function draw() {
  const thread = view.threads.find((one) => one.id === open);
  if (thread && document.body.dataset.shows === "letters") read.set(thread.id, thread.letters.length);
  const now = JSON.stringify([view, open, document.body.dataset.shows]);
  if (now === shown) return;
  shown = now;
  box.replaceChildren(...view.places.map((name) => make("option", { value: name, textContent: name, selected: name === view.place })));
  const rows = view.threads.map(row);
  threads.replaceChildren(...(rows.length ? rows : [make("li", { className: "none", textContent: "No letters yet. Write one as the customer." })]));
  at("subject").textContent = thread ? thread.subject : "New letter";
  at("about").hidden = Boolean(thread);
  at("to").textContent = thread ? "Answer in this conversation" : `To ${view.company}`;
  const known = new Map([...letters.children].map((item) => [item.dataset.told, item]));
  const items = (thread ? thread.letters : []).map((letter) => {
    const told = JSON.stringify(letter), item = known.get(told) || card(letter);
    item.dataset.told = told;
    return item;
  });
  // A frame that is moved loads again: what stands already stays where it is.
  if (items.slice(0, letters.children.length).some((item, place) => item !== letters.children[place]) || items.length < letters.children.length) letters.replaceChildren(...items);
  else letters.append(...items.slice(letters.children.length));
  if (thread && items.length) items.at(-1).scrollIntoView({ block: "nearest" });
  if (!thread) {
    letters.replaceChildren(make("li", { className: "empty" }, make("p", { textContent: "Write below, or try:" }), make("div", { className: "choices" },
      ...starters.map((said) => make("button", { type: "button", textContent: said, onclick: () => send(said.slice(0, 60), said, []) })))));
  }
}

async function look() {
  try {
    const answer = await fetch(`/play/mail/view?place=${encodeURIComponent(place)}`);
    if (!answer.ok) return;
    view = await answer.json();
    place = view.place;
    draw();
  } catch { at("subject").textContent = "The playground has stopped."; }
}

async function send(subject, said, attached) {
  busy = true;
  document.body.classList.add("waits");
  try {
    await fetch("/play/mail/write", { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ place, thread: open, subject, text: said, files: attached }) });
  } finally {
    busy = false;
    document.body.classList.remove("waits");
  }
  const isNew = !open;
  title.value = text.value = files.value = "";
  chosen();
  await look();
  if (isNew && view.threads.length) show(view.threads[0].id);
}

function encoded(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done({ name: file.name, media_type: file.type || "application/octet-stream", base64: reader.result.split(",")[1] || "" });
    reader.onerror = failed;
    reader.readAsDataURL(file);
  });
}

function chosen() {
  at("chosen").textContent = [...files.files].map((file) => file.name).join(", ");
}

at("compose").onsubmit = async (event) => {
  event.preventDefault();
  const said = text.value.trim();
  if (busy || (!said && !files.files.length)) return;
  await send(title.value.trim(), said, await Promise.all([...files.files].map(encoded)));
};
text.onkeydown = (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); at("compose").requestSubmit(); } };
files.onchange = chosen;
box.onchange = () => { place = box.value; open = shown = ""; look(); };
at("new").onclick = () => { show(""); (title.offsetParent ? title : text).focus(); };
at("back").onclick = () => { document.body.dataset.shows = "list"; draw(); };
document.querySelector(".channels [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
look();
setInterval(() => { if (!busy && !document.hidden) look(); }, 1000);
