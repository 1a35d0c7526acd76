// How long a call stands where it stands, each second. The server says how long it was; this device's clock may be wrong.

const began = new Map();

function written(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function show() {
  const open = document.getElementById("pane")?.dataset.number;
  // The ticket that is open says it in its head.
  for (const call of document.querySelectorAll(".on-phone")) call.hidden = call.dataset.number === open;
  for (const time of document.querySelectorAll("time.since")) {
    const since = time.dateTime;
    if (!began.has(since)) began.set(since, performance.now() - Number(time.dataset.seconds) * 1000);
    const words = written(Math.floor((performance.now() - began.get(since)) / 1000));
    if (time.textContent !== words) time.textContent = words;
  }
}

setInterval(show, 1000);
document.body.addEventListener("desk:settled", show);
show();
