// The live wall: asks for its parts when the event stream says that something happened, and gives tickets away by drag
// or by the dialog. Nothing changes under a pointer that presses or drags, an open dialog or a focused control.

import { follow } from "../desk/live.js";

const wall = document.getElementById("wall");
const dialog = document.getElementById("give");
const { csrf, give: address, part } = document.body.dataset;
const EVERY_MS = 30_000;
let pressed = false; // a drag begins only when the pointer has moved
let dragged = null;
let waits = false;
let asked = 0;
let shown = 0;
// Who gave a ticket by the keyboard goes on at it, wherever it stands now; that keeps nothing from being shown.
let isByKeys = false;
let given = null;
const isAtGiven = () => given !== null && document.activeElement?.closest(".chip")?.dataset.ticket === given;
const toGiven = () => document.querySelector(`.chip[data-ticket="${given}"] [data-give-ticket]`)?.focus();

const isHeld = () => Boolean(pressed || dragged || dialog?.open || (wall.contains(document.activeElement) && !isAtGiven()));

async function refresh() {
  waits = isHeld();
  if (waits) return;
  const turn = (asked += 1);
  const answer = await fetch(part, { credentials: "same-origin" });
  if (answer.redirected || answer.status === 401) return location.reload();
  if (!answer.ok) return;
  const parts = await answer.text();
  if (turn < shown) return; // overtaken: what is there is younger
  // Somebody may have taken hold of it while the answer was on its way.
  waits = isHeld();
  if (waits) return;
  shown = turn;
  const goesOn = isAtGiven();
  wall.innerHTML = parts;
  if (goesOn) toGiven();
}

async function give(ticket, version, to, name) {
  const form = new URLSearchParams({ ticket, version, to, csrfmiddlewaretoken: csrf });
  const headers = { "X-Requested-With": "fetch", "HX-Request": "true" };
  const answer = await fetch(address, { method: "POST", body: form, headers, credentials: "same-origin" }).catch(() => null);
  if (answer?.ok) tell(`#${ticket} → ${name}`);
  else tell(`#${ticket}: ${await refusalIn(answer)}`, true);
  document.activeElement?.blur();
  await refresh();
}

async function refusalIn(answer) {
  const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  return page.querySelector("[role=alert]")?.textContent ?? told.dataset.lost;
}

// What was done stands there for a while, a refusal until the next deed.
const told = document.getElementById("told");
let quiet = 0;
function tell(words, isRefusal = false) {
  told.textContent = words;
  told.classList.toggle("refused", isRefusal);
  clearTimeout(quiet);
  if (!isRefusal) quiet = setTimeout(() => { told.textContent = ""; }, 9000);
}

wall.addEventListener("pointerdown", (event) => { pressed = event.button === 0; });
for (const end of ["pointerup", "pointercancel", "contextmenu"]) {
  document.addEventListener(end, () => {
    pressed = false;
    if (waits) refresh();
  });
}

document.addEventListener("dragstart", (event) => {
  pressed = false;
  const chip = event.target.closest?.(".chip[draggable]");
  if (!chip) return;
  dragged = chip.dataset;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", `#${chip.dataset.ticket}`);
});
document.addEventListener("dragend", () => {
  dragged = null;
  document.querySelectorAll(".is-over").forEach((one) => one.classList.remove("is-over"));
  if (waits) refresh();
});
document.addEventListener("dragover", (event) => {
  const target = dragged && event.target.closest?.("[data-to]");
  document.querySelectorAll(".is-over").forEach((one) => one !== target && one.classList.remove("is-over"));
  if (!target) return;
  event.preventDefault();
  target.classList.add("is-over");
});
document.addEventListener("drop", (event) => {
  const target = dragged && event.target.closest?.("[data-to]");
  if (!target) return;
  event.preventDefault();
  const { ticket, version } = dragged;
  dragged = null;
  give(ticket, version, target.dataset.to, target.dataset.name);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-give-ticket]");
  if (button) {
    const { ticket, version } = button.closest(".chip").dataset;
    dialog.querySelector("[name=ticket]").value = ticket;
    dialog.querySelector("[name=version]").value = version;
    document.getElementById("give-number").textContent = `#${ticket}`;
    isByKeys = button.matches(":focus-visible");
    dialog.showModal();
  }
  if (event.target.closest?.("[data-close]")) dialog.close();
});
dialog?.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const choice = form.elements.to.selectedOptions[0];
  dialog.close();
  const ticket = form.elements.ticket.value;
  give(ticket, form.elements.version.value, choice.value, choice.textContent).then(() => {
    given = isByKeys ? ticket : null;
    toGiven();
  });
});
document.addEventListener("focusout", () => setTimeout(() => waits && refresh()));

const line = document.getElementById("line");
follow("/desk/stream", {
  onTicket: refresh,
  onQueue: refresh,
  onColleague: () => {},
  onLine: (isOpen) => { line.textContent = isOpen ? "" : line.dataset.off; },
});
setInterval(refresh, EVERY_MS);
