// The search of the settings, and buttons that copy. Without it, the search asks the server and texts are selected by hand.

const find = document.querySelector("[data-find] input");
if (find) {
  const places = [...document.querySelectorAll("[data-words]")].filter((one) => one.matches("li"));
  const groups = [...document.querySelectorAll(".group")];
  const none = document.querySelector("[data-none]");
  const told = document.querySelector("[data-found]");
  const look = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const place of places) {
      place.hidden = !words.every((word) => place.dataset.words.includes(word));
      count += place.hidden ? 0 : 1;
    }
    for (const group of groups) group.hidden = !group.querySelector("li:not([hidden])");
    none.hidden = count > 0;
    told.textContent = words.length ? told.dataset.words.replace("%n", count) : "";
  };
  find.addEventListener("input", look);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    find.focus();
  });
}

// Who sees a first step become done is led to the next one, unless they write where they are.
const steps = () => [...document.querySelectorAll("#guide-state [data-step]")];
const isOpen = (one) => one.dataset.done !== "yes";
let open = new Set(steps().filter(isOpen).map((one) => one.dataset.step));
if (open.size) {
  new MutationObserver(() => {
    const done = steps().filter((one) => !isOpen(one) && open.has(one.dataset.step));
    open = new Set(steps().filter(isOpen).map((one) => one.dataset.step));
    for (const one of done) {
      const step = document.getElementById(`step-${one.dataset.step}`);
      const mark = step.querySelector(".mark");
      mark.classList.add("done");
      mark.textContent = "✓";
      const writes = document.activeElement.matches("input, textarea, select") && step.contains(document.activeElement);
      if (!step.open || writes) continue;
      const next = [...open].map((name) => document.getElementById(`step-${name}`)).find((other) => !other.querySelector(".mark.aside"));
      if (next) next.open = true;
    }
  }).observe(document.getElementById("main"), { childList: true });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
  button.textContent = button.dataset.done;
});
