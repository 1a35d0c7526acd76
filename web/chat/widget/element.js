// <threadline-chat>: the launcher, the panel, and the attributes that shape them.

const SOURCE = document.currentScript?.src ?? location.href;

class ThreadlineChat extends HTMLElement {
  static observedAttributes = ["locale", "lang", "accent", "title", "identity"];

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet(STYLE)];
    const base = new URL(this.getAttribute("base") ?? "/", SOURCE).origin;
    const inbox = this.getAttribute("inbox") ?? "";
    this.memory = new Memory(`${base}${inbox && `/${inbox}`}`);
    this.wire = new Wire(base, inbox);
    this.talk = new Talk(this.wire, this.memory);
    this.brand = { title: "", accent: "", greeting: {} };
    this.base = base;
    this.talk.addEventListener("change", () => this.#soon());
    document.addEventListener("visibilitychange", this.#seen);
    this.#build();
    this.talk.addEventListener("left", () => this.panel.clear());
    this.talk.addEventListener("refused", () => this.dispatchEvent(new Event("identity-refused")));
    this.talk.start();
    if (this.source) this.identify(this.source);
    this.#dress();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#seen);
    this.teaser.hide();
    this.#entitle(0);
    this.talk.stop();
  }

  attributeChangedCallback(name) {
    if (name === "title") this.#takeTitle();
    if (name === "identity") this.#takeIdentity();
    if (!this.panel) return;
    if (name === "locale" || name === "lang") this.#build();
    else this.#shape();
  }

  /** A title attribute left in place would hang a tooltip over the whole chat. */
  #takeTitle() {
    const title = this.getAttribute("title");
    if (title === null) return;
    this.heading = title;
    this.removeAttribute("title");
  }

  /** A signed word left in the page would be read by every other script of it. */
  #takeIdentity() {
    const word = this.getAttribute("identity");
    if (!word) return;
    this.removeAttribute("identity");
    this.identify(word);
  }

  /** Says who is signed in: the website's signed word, or a function that gets a fresh one each time. */
  async identify(source) {
    this.source = source;
    if (!this.talk) return;
    try {
      await this.talk.identify(source);
      if (this.isOpen) await this.talk.arrive();
    } catch {
      // The server is away; the first message says it again.
    }
  }

  /** Call it when your visitor signs out. */
  logout() {
    this.source = null;
    this.talk.logout();
  }

  get isOpen() { return !this.panel.node.hidden; }

  /** Opens the panel, with words in the composer if there are any; `takesFocus: false` leaves the focus where it is. */
  open(text = "", how = {}) {
    if (text) this.panel.prefill(text);
    this.memory.isOpen = true;
    this.teaser.hide();
    this.panel.show(how);
    this.#sync();
    this.talk.arrive().catch(() => {}); // the first message tries again
  }

  close() {
    this.memory.isOpen = false;
    this.panel.hide();
    this.#sync();
    this.launcher.focus();
  }

  /** Shows another look than the stored one, as the settings do while somebody tries it. */
  wear(look) {
    this.brand = { ...this.brand, ...look };
    this.#build();
  }

  #seen = () => this.#sync();

  #build() {
    const wasOpen = this.panel ? this.isOpen : this.memory.isOpen && Math.min(innerWidth, innerHeight) > 480;
    this.texts = new Texts(chooseLanguage(this.getAttribute("locale") ?? this.lang));
    this.panel = new Panel(this.talk, this.memory, this.texts, { base: this.base, title: "", greeting: "" }, {
      close: () => this.close(),
    });
    this.dot = h("span", { class: "dot", hidden: true, "aria-hidden": "true" });
    this.launcher = h("button", {
      class: "launcher", type: "button", "aria-controls": "panel", onclick: () => (this.isOpen ? this.close() : this.open()),
    }, icon("chat"), icon("down"), this.dot);
    this.teaser?.hide();
    this.teaser = new Teaser(this.texts, this.memory.prefix, (text) => { this.panel.look.greeting = text; this.open(); },
      () => !this.isOpen && !this.talk.session && !document.hidden);
    this.frame = h("div", { class: "frame", lang: this.texts.language, dir: this.texts.direction }, this.panel.node, this.teaser.node, this.launcher);
    this.shadowRoot.replaceChildren(this.frame);
    this.#shape();
    if (wasOpen) this.panel.show();
    this.#sync();
  }

  /** The brand's own title, colour and first words, if the server has any. */
  async #dress() {
    try {
      this.brand = await this.wire.look();
      this.#shape();
      this.#sync();
    } catch {
      // The defaults are complete; the chat works without.
    }
  }

  #shape() {
    const { title, accent, greeting = {}, greetings = [], asks_for: asks = [], back_at: backAt, mails, theme = "" } = this.brand;
    Object.assign(this.panel.look, { title: this.heading || title, asks, backAt, mails });
    this.panel.look.greeting ||= greeting[this.texts.language] ?? "";
    this.frame.dataset.theme = this.hasAttribute("theme") ? "" : theme;
    this.teaser.offer(greetings);
    const colour = this.getAttribute("accent") || accent;
    if (!colour || !CSS.supports("color", colour)) return;
    this.frame.style.setProperty("--accent", colour);
    this.frame.style.setProperty("--on-accent", readableOn(colour, this.frame));
  }

  /** The page's tab says it too, while nobody looks at it. */
  #entitle(count) {
    const mine = this.mark && document.title.startsWith(this.mark);
    const bare = mine ? document.title.slice(this.mark.length) : document.title;
    this.mark = count ? `(${count}) ` : "";
    if (this.mark + bare !== document.title) document.title = this.mark + bare;
  }

  /** Many events that come at once are drawn once. */
  #soon() {
    this.due ||= setTimeout(() => {
      this.due = 0;
      if (this.isConnected) this.#sync();
    });
  }

  #sync() {
    const unread = this.isOpen && !document.hidden ? 0 : this.talk.unread;
    this.panel.sync();
    this.#entitle(document.hidden ? unread : 0);
    this.dot.hidden = unread === 0;
    this.dot.textContent = unread > 9 ? "9+" : String(unread);
    this.launcher.classList.toggle("is-open", this.isOpen);
    this.launcher.setAttribute("aria-expanded", String(this.isOpen));
    const label = this.texts.say(this.isOpen ? "close" : "open");
    this.launcher.setAttribute("aria-label", unread ? `${label}. ${this.texts.say("unread", { count: unread })}` : label);
  }
}

function sheet(text) {
  const style = new CSSStyleSheet();
  style.replaceSync(text);
  return style;
}

/** Black or white, whichever stands out more on the colour (WCAG relative luminance). */
function readableOn(colour, parent) {
  const probe = parent.appendChild(h("i", { hidden: true }));
  probe.style.color = colour;
  const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
  probe.remove();
  const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? "#fff" : "#111";
}

if (!customElements.get("threadline-chat")) customElements.define("threadline-chat", ThreadlineChat);
