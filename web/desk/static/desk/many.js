// Deeds on many tickets: rows that are picked, the bar that acts on them, and taking it back.

import { letIn } from "./keyed.js";

const find = (id) => document.getElementById(id);
const rows = () => [...document.querySelectorAll(".row > a")];
const picked = () => [...document.querySelectorAll(".pick:checked")];

export function changed() {
  const bar = find("bulk");
  if (!bar) return;
  const count = picked().length;
  bar.hidden = !count;
  document.querySelector(".list").classList.toggle("picking", Boolean(count));
  find("bulk-count").textContent = count;
  if (count) document.body.dispatchEvent(new CustomEvent("desk:picked"));
}

export function toggle() {
  const row = document.activeElement.closest(".row") ?? document.querySelector(".row > a[aria-current]")?.parentElement;
  const box = row?.querySelector(".pick");
  if (!box) return;
  box.checked = !box.checked;
  changed();
}

export function none() {
  for (const box of picked()) box.checked = false;
  changed();
}

// The bar is gone, and rows may be, too: who came by the keyboard goes on where the first of them stood.
let place = -1;
function goOn() {
  if (place >= 0 && document.activeElement === document.body) rows()[Math.min(place, rows().length - 1)]?.focus();
}
document.addEventListener("keydown", () => { place = -1; }, true);
document.body.addEventListener("desk:settled", goOn);

export function listen(htmx) {
  const act = (deed, value) => {
    const numbers = picked().map((box) => box.value);
    if (deed === "resolve" && !confirm(document.body.dataset.sure.replace("%n", numbers.length))) return;
    const byKeys = find("bulk").querySelector(":focus-visible");
    htmx.ajax("POST", "/desk/many/", { source: find("bulk"), swap: "none", values: { numbers, deed, value } }).then(() => {
      place = byKeys ? rows().findIndex((row) => row.parentElement.querySelector(".pick:checked")) : -1;
      none();
      byKeys?.blur();
      letIn(5000);
      goOn();
    });
  };
  document.body.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-bulk]");
    if (button) act(button.dataset.bulk, "");
  });
  document.body.addEventListener("change", ({ target }) => {
    if (target.matches(".pick")) changed();
    if (target.matches("select[data-bulk], input[data-bulk]") && target.value) {
      act(target.dataset.bulk, target.value);
      target.value = "";
    }
  });
}

export function undo(htmx, token) {
  return htmx.ajax("POST", "/desk/many/undo/", { source: document.body, swap: "none", values: { token } });
}
