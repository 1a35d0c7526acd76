// Suggestions under the search of the help pages: a combobox with a list. Without it the form asks the server.

const form = document.querySelector("form[data-suggest]");
const field = form.elements.q;
const list = form.querySelector("[role=listbox]");
const told = form.querySelector("[role=status]");
const PAUSE = 180;
let timer = 0;
let asked = "";
let at = -1;

field.setAttribute("role", "combobox");
field.setAttribute("aria-controls", list.id);
field.setAttribute("aria-autocomplete", "list");
shut();

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(suggest, PAUSE);
});
field.addEventListener("keydown", (event) => {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps && !list.hidden) {
    event.preventDefault();
    mark(at + steps[event.key]);
  } else if (event.key === "Enter" && at >= 0) {
    event.preventDefault();
    location.assign(list.children[at].dataset.url);
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    shut();
  }
});
field.addEventListener("blur", () => setTimeout(shut, 150));
list.addEventListener("pointerdown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
  const chosen = event.target.closest("[role=option]");
  if (chosen) location.assign(chosen.dataset.url);
});

async function suggest() {
  const words = field.value.trim();
  if (words === asked && !list.hidden) return;
  asked = words;
  if (words.length < 2) return shut();
  const query = new URLSearchParams({ q: words, lang: form.elements.lang.value });
  const answer = await fetch(`${form.dataset.suggest}?${query}`).catch(() => null);
  if (!answer?.ok || words !== asked) return;
  show(await answer.json());
}

function show({ items, said }) {
  told.textContent = said;
  if (!items.length || document.activeElement !== field) return shut();
  list.replaceChildren(...items.map(option));
  list.hidden = false;
  at = -1;
  field.setAttribute("aria-expanded", "true");
  field.removeAttribute("aria-activedescendant");
}

function option(item, number) {
  const row = document.createElement("li");
  row.id = `suggested-${number}`;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  row.dataset.url = item.url;
  row.lang = item.language;
  const title = document.createElement("span");
  title.textContent = item.title;
  const section = document.createElement("small");
  section.textContent = item.section;
  row.append(title, " ", section);
  return row;
}

function mark(next) {
  list.children[at]?.setAttribute("aria-selected", "false");
  at = next < -1 ? list.children.length - 1 : next >= list.children.length ? -1 : next;
  const row = list.children[at];
  if (!row) return field.removeAttribute("aria-activedescendant");
  row.setAttribute("aria-selected", "true");
  row.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", row.id);
}

function shut() {
  list.hidden = true;
  at = -1;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}
