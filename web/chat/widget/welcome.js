// Before the first message: who somebody is, asked in two lines, and a word that comes up by itself.

/** The lines an anonymous visitor is asked; what they write goes with the first message. */
export class Asking {
  constructor(texts, fields, about) {
    this.about = about;
    this.node = h("div", { class: "asking" }, fields.map((name) => h("label", {}, texts.say(name === "email" ? "ask_email" : "ask_name"), h("input", {
      name, type: name === "email" ? "email" : "text", autocomplete: name, dir: name === "email" ? "ltr" : "auto",
      maxLength: 120, value: about[name] ?? "", oninput: ({ target }) => { about[name] = target.value.trim(); },
    }))));
  }

  /** False, with the caret where it is wrong, when something cannot be what was asked. */
  isFine() {
    const wrong = [...this.node.querySelectorAll("input")].find((input) => !input.checkValidity());
    wrong?.focus();
    return !wrong;
  }
}

/** The first greeting that fits this page, after its time; once a visit, and never to somebody who is talking already. */
export class Teaser {
  #timer = 0;
  #texts;
  #isWelcome;

  /** `open(text)` opens the panel; `isWelcome()`: is this the moment to say something. */
  constructor(texts, name, open, isWelcome) {
    this.#texts = texts;
    this.#isWelcome = isWelcome;
    this.name = `${name}greeted`;
    this.words = h("button", { class: "words", type: "button", dir: "auto", onclick: () => { open(this.words.textContent); this.hide(); } });
    const close = texts.say("close_greeting");
    this.node = h("div", { class: "teaser", role: "status", hidden: true },
      h("button", { class: "icon-button", type: "button", "aria-label": close, title: close, onclick: () => this.hide() }, icon("close")));
  }

  offer(greetings) {
    clearTimeout(this.#timer);
    const fits = greetings.find(({ page, text }) => location.pathname.startsWith(page) && text[this.#texts.language]);
    if (!fits || wasGreeted(this.name)) return;
    this.#timer = setTimeout(() => {
      if (!this.#isWelcome()) return;
      this.words.textContent = fits.text[this.#texts.language];
      this.node.prepend(this.words);
      this.node.hidden = false;
      remember(this.name);
    }, fits.seconds * 1000);
  }

  hide() {
    clearTimeout(this.#timer);
    this.node.hidden = true;
  }
}

function wasGreeted(name) {
  try {
    return sessionStorage.getItem(name) !== null;
  } catch {
    return false;
  }
}

function remember(name) {
  try {
    sessionStorage.setItem(name, "1");
  } catch {
    // A page without storage may greet once more.
  }
}
