// Counts an offer's seconds down, and lets it be heard once. What happens when they are over is the server's to say: the list is asked again.

import { ring } from "./sound.js";

const htmx = window.htmx;
const RANG = "threadline.rang";
const ends = new Map();

// Where it lies over a conversation it lies over what was said there, and not over what is done with it.
function placed() {
  const offers = document.getElementById("offers");
  if (!offers) return;
  const said = document.getElementById("thread")?.getBoundingClientRect();
  if (said && said.height >= offers.offsetHeight + 16) offers.style.setProperty("--over-thread", `${said.top + 8}px`);
  else offers.style.removeProperty("--over-thread");
}
addEventListener("resize", placed);
document.body.addEventListener("desk:settled", placed);

setInterval(() => {
  placed();
  for (const offer of document.querySelectorAll(".offer[data-left]")) {
    const { key, left } = offer.dataset;
    if (!ends.has(key)) {
      ends.set(key, performance.now() + Number(left) * 1000);
      // In one of this browser's tabs, not in all.
      if (localStorage.getItem(RANG) !== key) ring();
      localStorage.setItem(RANG, key);
    }
    const seconds = Math.max(0, Math.ceil((ends.get(key) - performance.now()) / 1000));
    offer.querySelector(".offer-left").textContent = `${seconds} s`;
    offer.querySelector("progress").value = seconds;
    if (!seconds && !offer.hidden) {
      offer.hidden = true;
      htmx.trigger(document.body, "desk:queue");
    }
  }
}, 1000);

// A refusal means that the offer is over: the list is asked what is left.
document.body.addEventListener("htmx:responseError", (event) => {
  if (event.detail.elt.closest?.(".offer")) htmx.trigger(document.body, "desk:queue");
});
