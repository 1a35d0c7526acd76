// An htmx swap that changes only what is different: elements are matched by data-key, so that focus,
// scroll, open details and everything marked data-keep stay as they are (but for what in it is marked data-live). Fetching is htmx's.

let holdsFrom = 0;

/** For so long nothing is held back from a list that somebody looks at: they asked for what comes. */
export function letIn(milliseconds) {
  holdsFrom = performance.now() + milliseconds;
}

// What is under a mouse or finger that presses stays until the click was heard: on what is not there any more there is none.
const NO_CLICK_MS = 300;
let pressed = null;
let isBehind = false;
addEventListener("pointerdown", ({ target, button }) => { pressed = button ? null : target.closest("button, a, summary"); }, true);
addEventListener("pointerup", () => setTimeout(lifted, NO_CLICK_MS, pressed), true);
for (const end of ["click", "pointercancel"]) addEventListener(end, () => setTimeout(lifted, 0, pressed), true);

function lifted(what) {
  if (pressed !== what) return;
  pressed = null;
  catchUp();
}

// What was left as it stood is asked for again as soon as nothing of it is pressed or waits for an answer any more.
document.body.addEventListener("htmx:afterRequest", () => setTimeout(catchUp));
function catchUp() {
  if (!isBehind || pressed || document.querySelector(".htmx-request:not([data-keyed])")) return;
  isBehind = false;
  for (const asks of ["desk:ticket", "desk:queue"]) document.body.dispatchEvent(new CustomEvent(asks));
}

function isPressed(element) {
  if (element.hasAttribute("data-keyed") || !element.contains(pressed)) return false;
  isBehind = true;
  return true;
}

/** Makes `old` say what `fresh` says; returns the elements that are new in the page. */
export function settle(old, fresh) {
  if (isAsking(old)) return [];
  if (old.dataset.key !== fresh.dataset.key) {
    old.replaceWith(fresh);
    return [fresh];
  }
  if (old.isEqualNode(fresh) || asServed(old).isEqualNode(fresh)) return [];
  if (old.hasAttribute("data-keep")) return freshen(old, fresh);
  if (isPressed(old)) return [];
  if (old.hasAttribute("data-keyed")) {
    const holds = old.hasAttribute("data-hold");
    copyAttributes(old, fresh);
    if (holds && isBusy(old) && performance.now() > holdsFrom) return hold(old, fresh);
    if (fresh.hasAttribute("data-hold")) tellHeld(old, 0);
    return settleChildren(old, fresh);
  }
  return [replace(old, fresh)];
}

// A message whose own form was unfolded here, or that a sentence led to, says what it said: its frame would begin anew, its mark be gone.
function asServed(element) {
  if (!element.matches(".marked") && !element.querySelector("details.original[open]")) return element;
  const copy = element.cloneNode(true);
  copy.classList.remove("marked");
  for (const box of copy.querySelectorAll("details.original[open]")) {
    box.removeAttribute("open");
    box.querySelector(".frame-place").replaceChildren();
    box.querySelector("[data-do=pictures]")?.removeAttribute("hidden");
  }
  return copy;
}

// What is live inside of what is kept says what is so now; what somebody chose in it stays chosen while there is such a choice.
function freshen(kept, fresh) {
  for (const old of kept.querySelectorAll("[data-live][id]")) {
    const wanted = fresh.querySelector(`#${CSS.escape(old.id)}`);
    if (!wanted || old.isEqualNode(wanted) || old.contains(document.activeElement)) continue;
    for (const select of old.querySelectorAll("select")) {
      const next = wanted.querySelector(`select[name="${CSS.escape(select.name)}"]`);
      if ([...(next?.options ?? [])].some((option) => option.value === select.value)) next.value = select.value;
    }
    old.replaceWith(wanted);
  }
  return [];
}

function settleChildren(old, fresh) {
  const have = new Map([...old.children].map((child) => [child.dataset.key, child]));
  const added = [];
  let place = old.firstElementChild;
  for (const wanted of [...fresh.children]) {
    const known = have.get(wanted.dataset.key);
    have.delete(wanted.dataset.key);
    if (!known) {
      old.insertBefore(wanted, place);
      added.push(wanted);
      continue;
    }
    const follows = place === known ? known.nextElementSibling : place;
    if (place !== known) old.insertBefore(known, place);
    added.push(...settle(known, wanted));
    place = follows;
  }
  for (const left of have.values()) if (!isAsking(left) && !isPressed(left) && !left.classList.contains("pending")) left.remove();
  return added;
}

// What waits for an answer stays until that has come, a message on its way until it is answered: htmx cannot place the answer to an element that is gone.
// A container is no such element; it asks for itself all the time.
function isAsking(element) {
  if (element.hasAttribute("data-keyed")) return false;
  const asks = element.matches(".htmx-request") || element.querySelector(".htmx-request") !== null;
  isBehind ||= asks;
  return asks;
}

function replace(old, fresh) {
  for (const open of old.querySelectorAll("details[open][id]")) {
    fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
  }
  if (old.matches(".marked")) fresh.classList.add("marked");
  for (const form of [old, ...old.querySelectorAll("form[data-clear]")]) carry(form, fresh);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  if (focused?.id) document.getElementById(focused.id)?.focus({ preventScroll: true });
  else if (focused?.name) fresh.querySelector(`[name="${CSS.escape(focused.name)}"]`)?.focus({ preventScroll: true });
  return fresh;
}

// What was typed into a form and not sent yet is nothing that an answer could know of.
function carry(form, fresh) {
  if (!form.matches("form[data-clear]")) return;
  const to = (one) => one.matches("form[data-clear]") && one.getAttribute("hx-post") === form.getAttribute("hx-post") && one.dataset.key === form.dataset.key;
  const next = [fresh, ...fresh.querySelectorAll("form[data-clear]")].find(to);
  for (const field of form.elements) {
    const same = next?.elements.namedItem(field.name);
    if (same?.type !== field.type || field.type === "hidden" || field.type === "submit") continue;
    if (field.type === "file") same.files = field.files;
    else if (field.tagName !== "SELECT" || [...same.options].some(({ value }) => value === field.value)) same.value = field.value;
  }
}

function copyAttributes(old, fresh) {
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && name !== "class") old.setAttribute(name, value);
  }
}

// A list under the pointer or the caret: rows change where they stand; what would move waits.
function isBusy(list) {
  return list.matches(":hover") || list.contains(document.activeElement);
}

function hold(old, fresh) {
  const wanted = new Map([...fresh.children].map((child) => [child.dataset.key, child]));
  const added = [];
  for (const row of [...old.children]) {
    const next = wanted.get(row.dataset.key);
    wanted.delete(row.dataset.key);
    if (next) added.push(...settle(row, next));
    else row.classList.add("gone");
  }
  tellHeld(old, wanted.size);
  return added;
}

function tellHeld(list, count) {
  list.dispatchEvent(new CustomEvent("desk:held", { bubbles: true, detail: { count } }));
}

/** Puts an answer that was fetched without htmx in its place, if what it belongs to is still shown. */
export function place(htmx, html) {
  document.body.dispatchEvent(new CustomEvent("desk:done"));
  const box = document.createElement("template");
  box.innerHTML = html;
  const fresh = box.content.firstElementChild;
  const old = document.getElementById(fresh.id);
  if (old?.dataset.key !== fresh.dataset.key) return;
  for (const added of settle(old, fresh)) htmx.process(added);
  document.body.dispatchEvent(new CustomEvent("desk:settled"));
}

export function register(htmx) {
  htmx.defineExtension("keyed", {
    isInlineSwap: (style) => style === "keyed",
    handleSwap(style, target, fragment) {
      if (style !== "keyed" || !fragment.firstElementChild) return false;
      const added = settle(target, fragment.firstElementChild);
      document.body.dispatchEvent(new CustomEvent("desk:settled"));
      return added;
    },
  });
}
