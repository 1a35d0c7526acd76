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

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
  button.textContent = button.dataset.done;
});
