// Two soft notes for who looks elsewhere, made here: there is no file to fetch. A browser stays silent until somebody has
// touched the page; the switch beside the theme makes it silent for good.

const NOTES = [[659, 0], [880, 0.16]];
const SOFT = 0.06;

export function ring() {
  if (document.documentElement.dataset.sound === "off") return;
  const audio = new AudioContext();
  for (const [pitch, after] of NOTES) {
    const at = audio.currentTime + after;
    const note = audio.createOscillator();
    const loudness = audio.createGain();
    note.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(SOFT, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
    note.connect(loudness).connect(audio.destination);
    note.start(at);
    note.stop(at + 0.5);
  }
  setTimeout(() => audio.close(), 1500);
}
