import * as rich from "./rich.js";
import { nameKey } from "./tools.js";

// Keys of the desk. A key without a modifier does nothing while somebody writes.

const rows = () => [...document.querySelectorAll("#rows .row > a")];
let went = 0;

function move(step) {
  const all = rows();
  if (!all.length) return;
  const here = all.findIndex((row) => row === document.activeElement);
  const open = all.findIndex((row) => row.hasAttribute("aria-current"));
  const from = here >= 0 ? here : open;
  const next = all[Math.min(Math.max(from + step, 0), all.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

const press = (id) => document.getElementById(id)?.click();

function unfold(id, field) {
  const box = document.getElementById(id);
  if (!box) return;
  box.open = true;
  (document.getElementById(field) ?? box.querySelector("button"))?.focus();
}

// Along what can be put into the text, as in the palette.
function alongInserts(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const box = event.target.closest("#insert[open]");
  if (!box || !step) return false;
  const all = [document.getElementById("insert-q"), ...box.querySelectorAll("#insert-found button")];
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  event.preventDefault();
  return true;
}

// The offer that ends first, as it stands on top.
function answerOffer(how) {
  document.querySelector(`.offer[data-left]:not([hidden]) [id^="${how}-"]`)?.click();
}

export function listen({ focus, send, toggleContext, palette, pick }) {
  const deeds = {
    j: () => move(1),
    k: () => move(-1),
    t: () => press(document.getElementById("do-take") ? "do-take" : "do-release"),
    r: () => focus("reply"),
    n: () => focus("note"),
    w: () => press("do-wait"),
    e: () => press("do-resolve"),
    f: () => press("do-hand-on"),
    x: pick,
    b: () => document.querySelector("#bulk:not([hidden]) [data-bulk]")?.focus(),
    i: toggleContext,
    m: () => unfold("insert", "insert-q"),
    s: () => press("suggest"),
    h: () => unfold("snooze"),
    // What was just done, what is about to go out, and then what was kept back.
    z: () => ["#toast.shown.asks button", ".held:not(.kept-back) .undo", ".undo"].map((one) => document.querySelector(one)).find(Boolean)?.click(),
    a: () => answerOffer("accept"),
    d: () => answerOffer("decline"),
    g: () => { went = Date.now(); },
    "/": palette,
    "?": () => document.getElementById("keys").showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (nameKey(event) || rich.key(event) || rich.alongToolbar(event) || alongInserts(event)) return;
    // Who has chosen what follows goes on to write: by its letter the choice would become "resolve".
    if (event.target.name === "then" && (event.key === "r" || event.key === "n")) {
      event.preventDefault();
      deeds[event.key]();
      return;
    }
    const writes = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "text") {
      event.preventDefault();
      send();
      return;
    }
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      palette();
      return;
    }
    const unfolded = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (unfolded) {
      unfolded.open = false;
      unfolded.querySelector("summary").focus();
      return;
    }
    if (event.key === "Escape" && event.target.closest("#bulk")) {
      document.querySelector(".row:has(.pick:checked) > a")?.focus();
      return;
    }
    if (event.key === "Escape" && writes && !writes.closest("dialog")) {
      writes.blur();
      document.querySelector(".row > a[aria-current]")?.focus();
      return;
    }
    if (writes || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (/^[1-9]$/.test(event.key) && Date.now() - went < 1500) {
      document.querySelectorAll(".views a")[Number(event.key) - 1]?.click();
      return;
    }
    const deed = deeds[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
}
