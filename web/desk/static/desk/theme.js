// Before the first paint: the theme, density and sound chosen on this device. The switch itself is in desk.js.
for (const name of ["theme", "density", "sound"]) {
  const chosen = localStorage.getItem(`threadline.${name}`);
  if (chosen) document.documentElement.dataset[name] = chosen;
}
