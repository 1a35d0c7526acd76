// Before the first paint: the theme and density chosen on this device. The switch itself is in desk.js.
for (const name of ["theme", "density"]) {
  const chosen = localStorage.getItem(`threadline.${name}`);
  if (chosen) document.documentElement.dataset[name] = chosen;
}
