// What is being written, kept on this device for each ticket and mode until it is sent.

const user = document.body.dataset.user;
const key = (number, mode) => `threadline.draft.${user}.${number}.${mode}`;

export function load(number, mode) {
  return localStorage.getItem(key(number, mode)) ?? "";
}

export function save(number, mode, text) {
  if (text.trim()) localStorage.setItem(key(number, mode), text);
  else localStorage.removeItem(key(number, mode));
}

/** Forgets what was sent, unless more was written meanwhile. */
export function forget(number, mode, sent) {
  if (load(number, mode) === sent) localStorage.removeItem(key(number, mode));
}

/** Forgets everything of this person, when they sign out. */
export function forgetAll() {
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(`threadline.draft.${user}.`)) localStorage.removeItem(name);
  }
}
