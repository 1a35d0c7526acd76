// What the library calls its scrolling places, in the reader's language: it knows English alone.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const word = document.querySelector("meta[name=scrolls]")?.content;
  if (window.SimpleBar && word) window.SimpleBar.defaultOptions.ariaLabel = word;
});
