"use strict";
// One page for every channel: shows what was said, and sends what the customer does.
const body = document.body, slug = body.dataset.slug, can = new Set(body.dataset.can.split(" "));
const at = (id) => document.getElementById(id);
const lines = at("lines"), text = at("text"), form = at("form"), keys = at("keys"), thread = at("thread");
let place = "", shown = "", shownForm = "", root = "", aloud = false, heard = null, busy = false;

// What somebody may try who does not know yet what to say: something that is written down, and something that nobody has.
const starters = ["How do I reset my password?", "Do you give discounts to resellers who buy two hundred devices at once?"];

function make(name, props, ...children) {
  const node = Object.assign(document.createElement(name), props);
  node.append(...children);
  return node;
}

async function deed(name, told) {
  busy = true;
  body.classList.add("waits");
  try {
    await fetch(`/play/${slug}/${name}`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(told),
    });
  } finally {
    busy = false;
    body.classList.remove("waits");
  }
  await look();
}

function words(said) {
  const parts = [];
  let end = 0;
  for (const found of said.matchAll(/https?:\/\/[^\s<>]+[^\s<>.,;:!?)]/g)) {
    parts.push(said.slice(end, found.index), anchor(found[0], found[0]));
    end = found.index + found[0].length;
  }
  return [...parts, said.slice(end)];
}

// Slack's own marks are shown as Slack shows them; nobody else's are marks.
function paragraphs(said) {
  if (slug !== "slack") return [make("p", {}, ...words(said))];
  return said.split(/\n(?=> )|(?<=^> .*)\n/m).map((part) => make(part.startsWith("> ") ? "blockquote" : "p", {}, ...part
    .replace(/^> /, "").split(/\*([^*\n]+)\*/).flatMap((piece, odd) => odd % 2 ? [make("b", { textContent: piece })] : words(piece))));
}

function anchor(title, url) {
  const safe = /^https?:\/\//.test(url) ? url : "#";
  return make("a", { href: safe, textContent: title, target: "_blank", rel: "noopener noreferrer" });
}

function bubble(line) {
  const item = make("li", { className: `line ${line.who}` });
  if (line.thread) item.classList.add("threaded");
  const box = make("div", { className: "bubble" });
  if (line.state) box.append(make("small", { textContent: line.state }));
  if (line.text) box.append(...paragraphs(line.text));
  if (line.links.length) {
    box.append(make("ul", { className: "links" }, ...line.links.map(([title, url]) => make("li", {}, anchor(title, url)))));
  }
  for (const [name, ref] of line.files) box.append(fileOf(name, `/play/${slug}/file/${encodeURIComponent(ref)}`));
  item.append(box);
  if (line.choices.length) {
    item.append(make("div", { className: "choices" }, ...line.choices.map((choice) => make("button", {
      type: "button", textContent: choice.title, onclick: () => deed("press", { place, ref: choice.ref }),
    }))));
  }
  if (line.who === "you" && !line.id.includes("/")) item.append(tools(line));
  return item;
}

// A picture is looked at, everything else is a download; which it is the file itself knows.
function fileOf(name, url) {
  const link = make("a", { href: url, textContent: `\u2193 ${name}`, className: "file", download: name });
  const picture = make("img", { src: url, alt: name, onerror: () => picture.replaceWith(link) });
  return picture;
}

function tools(line) {
  const found = [];
  if (can.has("edit")) {
    found.push(make("button", { type: "button", textContent: "Edit", onclick: (event) => correct(event.target.closest("li"), line) }));
  }
  if (can.has("delete")) {
    found.push(make("button", { type: "button", textContent: "Take back", onclick: () => deed("delete", { place, line: line.id }) }));
  }
  if (can.has("shortcut") && place === "help") {
    found.push(make("button", { type: "button", textContent: "Ask people about it", onclick: () => deed("shortcut", { place, line: line.id }) }));
  }
  return make("div", { className: "tools" }, ...found);
}

function correct(item, line) {
  const field = make("textarea", { value: line.text, rows: 2, ariaLabel: "The changed message" });
  const done = () => deed("edit", { place, line: line.id, text: field.value.trim() || line.text });
  field.onkeydown = (event) => { if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); done(); } };
  item.replaceChildren(field, make("button", { type: "button", textContent: "Save", onclick: done }));
  field.focus();
}

function nothingYet(view) {
  if (can.has("call") && view.status === "no call") {
    return [make("p", { textContent: place === "desk" ? "It rings here when an agent is called: pick up, then press 1 to be connected." : "Press Call; it rings at Threadline at once." })];
  }
  if (can.has("call")) return [];
  if (place === "team" || place === "home") return [make("p", { textContent: place === "home" ? "Open tickets of yours appear here." : "Handoffs appear here as posts, for agents." })];
  const tries = starters.map((said) => make("button", { type: "button", textContent: said, onclick: () => deed("say", { place, text: said, thread: "" }) }));
  return [make("p", { textContent: "Nothing was said here yet. Write as the customer, or try:" }), make("div", { className: "choices" }, ...tries)];
}

function showForm(told) {
  form.hidden = !told;
  if (!told) return;
  const fields = told.fields.map((one) => make("label", {}, one.label,
    make("textarea", { name: one.id, value: one.value, rows: 3 })));
  form.replaceChildren(make("h2", { textContent: told.title }), ...(told.text ? [make("p", { role: "status", textContent: told.text })] : []), ...fields,
    ...(fields.length ? [make("button", { textContent: "Send" })] : []),
    make("button", { type: "button", className: "quiet", textContent: "Close", onclick: () => deed("submit", { values: {} }) }));
  form.querySelector("textarea")?.focus();
}

function speak(said) {
  if (heard !== null && aloud && "speechSynthesis" in window) {
    for (const line of said.slice(heard)) {
      if (line.who === "them") speechSynthesis.speak(new SpeechSynthesisUtterance(line.text));
    }
  }
  heard = said.length;
}

function showCall(view) {
  at("status").textContent = `You are ${place === "desk" ? "a colleague at the desk" : "Ann Example"} · ${view.status}`;
  body.dataset.call = view.status;
  for (const tab of document.querySelectorAll("[data-place]")) tab.classList.toggle("rings", tab.dataset.place === view.rings);
  keys.querySelector(".dial").textContent = place === "desk" || view.status === "ringing" ? "Pick up" : "Call";
  speak(view.lines);
}

function show(view) {
  place = view.place;
  body.dataset.at = place;
  const isAgent = slug === "slack" && place === "team";
  text.placeholder = isAgent ? "Write as Maya, the agent" : "Write as the customer";
  if (!can.has("call")) at("status").textContent = isAgent ? "You are Maya, who works here" : "You are Ann Example";
  for (const tab of document.querySelectorAll("[data-place]")) tab.ariaSelected = String(tab.dataset.place === place);
  const asked = JSON.stringify(view.form);
  if (asked !== shownForm) { shownForm = asked; showForm(view.form); }
  if (can.has("call")) { showCall(view); }
  root = view.lines.filter((line) => line.who !== "note" && !line.id.includes("/")).map((line) => line.thread || line.id).at(-1) || "";
  thread.hidden = !(can.has("thread") && ["help", "team", "public", "channel"].includes(place) && root);
  at("say").hidden = place === "home" || (can.has("call") && place === "desk");
  const now = JSON.stringify([view.lines, view.lines.length ? "" : view.status, place]);
  if (now === shown || lines.querySelector("textarea")) return;
  shown = now;
  const empty = view.lines.length ? [] : nothingYet(view);
  lines.replaceChildren(...view.lines.map(bubble), ...(empty.length ? [make("li", { className: "empty" }, ...empty)] : []));
  lines.scrollTop = lines.scrollHeight;
}

async function look() {
  try {
    const answer = await fetch(`/play/${slug}/view?place=${encodeURIComponent(place)}`);
    if (answer.ok) show(await answer.json());
  } catch { at("status").textContent = "The playground has stopped."; }
}

at("say").onsubmit = (event) => {
  event.preventDefault();
  const said = text.value.trim();
  if (!said) return;
  text.value = "";
  const inside = !thread.hidden && thread.querySelector("input").checked;
  deed("say", { place, text: said, thread: inside ? root : "" });
};
text.onkeydown = (event) => {
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); at("say").requestSubmit(); }
};
form.onsubmit = (event) => {
  event.preventDefault();
  deed("submit", { values: Object.fromEntries(new FormData(form)) });
};
for (const tab of document.querySelectorAll("[data-place]")) {
  tab.onclick = () => { place = tab.dataset.place; shown = ""; heard = null; look(); };
}
if (can.has("call")) {
  keys.hidden = false;
  const key = (title, name, value, kind = "") => make("button", { type: "button", textContent: title, className: kind, onclick: () => deed("call", { deed: name, value, place }) });
  const hear = make("label", { className: "aloud" }, make("input", { type: "checkbox", onchange: (event) => { aloud = event.target.checked; } }), " read aloud");
  keys.append(key("Call", "dial", "", "dial"), ...[..."123456789*0#"].map((sign) => key(sign, "press", sign, "digit")),
    key("Say nothing", "wait", ""), key("Hang up", "hang up", "", "hang"), hear);
}
// A keyboard that opens on a telephone hides nothing that was just read.
let wasAtEnd = true;
lines.addEventListener("scroll", () => { wasAtEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40; }, { passive: true });
new ResizeObserver(() => { if (wasAtEnd) lines.scrollTop = lines.scrollHeight; }).observe(lines);
document.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
look();
setInterval(() => { if (!busy && !document.hidden) look(); }, 1000);
