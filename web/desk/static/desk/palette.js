// The palette: everything that can be done or found from here, by its words and the arrow keys.

const dialog = document.getElementById("palette");
const field = document.getElementById("palette-q");
const deeds = document.getElementById("palette-deeds");
const options = () => [...dialog.querySelectorAll("[role=option]")];
let chosen = null;

// What can be pressed on this page now, with the key it has: the palette promises nothing else.
function offered() {
  const here = [...document.querySelectorAll("[data-command]")].filter((button) => !button.disabled);
  const views = [...document.querySelectorAll(".views a")];
  return [...here, ...views];
}

function nameOf(element) {
  return (element.dataset.command || element.querySelector("span")?.textContent || element.textContent).trim();
}

function list() {
  const asked = field.value.trim().toLocaleLowerCase();
  const fits = offered().filter((element) => nameOf(element).toLocaleLowerCase().includes(asked));
  deeds.replaceChildren(...fits.slice(0, asked ? 6 : 60).map((element, at) => {
    const row = document.createElement("div");
    row.className = "hit";
    row.id = `deed-${at}`;
    row.setAttribute("role", "option");
    row.textContent = nameOf(element);
    if (element.dataset.shortcut) {
      const key = document.createElement("kbd");
      key.textContent = element.dataset.shortcut;
      row.append(key);
    }
    row.addEventListener("click", () => { dialog.close(); element.click(); });
    return row;
  }));
  choose(options()[0] ?? null);
}

function choose(option) {
  chosen?.setAttribute("aria-selected", "false");
  chosen = option;
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

export function open() {
  if (dialog.open) return;
  field.value = "";
  document.getElementById("palette-found").replaceChildren();
  list();
  dialog.showModal();
  field.focus();
}

field.addEventListener("input", list);
dialog.addEventListener("htmx:afterSwap", () => { if (!chosen?.isConnected) choose(options()[0] ?? null); });
dialog.addEventListener("keydown", (event) => {
  const all = options();
  const at = all.indexOf(chosen);
  if (event.key === "ArrowDown") choose(all[(at + 1) % all.length] ?? null);
  else if (event.key === "ArrowUp") choose(all[(at - 1 + all.length) % all.length] ?? null);
  else if (event.key === "Enter") chosen?.click();
  else return;
  event.preventDefault();
});
dialog.addEventListener("pointermove", (event) => {
  const option = event.target.closest("[role=option]");
  if (option && option !== chosen) choose(option);
});
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
