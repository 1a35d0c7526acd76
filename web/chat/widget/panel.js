// The open panel: header, log, source sheet and composer. It shows a Talk and turns deeds into its calls.

const TEXT_LIMIT = 4_000;

export class Panel {
  #talk;
  #texts;
  #memory;
  #on;

  /** `look`: {title, greeting, base}; `on.close()`. */
  constructor(talk, memory, texts, look, on) {
    this.#talk = talk;
    this.#memory = memory;
    this.#texts = texts;
    this.#on = on;
    this.look = look;
    this.log = new Log(texts, {
      choose: (button) => this.#say(button.value || button.title),
      source: (citation, all, opener) => this.#openSource(citation, all, opener),
      link: (url, ...content) => away(safeAddress(url, look.base), ...content),
      file: (id) => talk.file(id),
      rate: (seq, helpful) => talk.rate(seq, helpful),
      retry: (id) => talk.retry(id),
      discard: (id) => talk.discard(id),
    });
    this.node = this.#build();
    this.tray = new Tray(texts, () => this.#typed());
    this.composer.prepend(this.tray.node);
    this.limits.textContent = this.clip.title = this.tray.limits;
    this.#recall();
    this.#typed();
  }

  show({ takesFocus = true } = {}) {
    this.node.hidden = false;
    this.#recall();
    this.#typed();
    this.sync();
    this.log.toEnd();
    if (takesFocus) this.field.focus({ preventScroll: true });
  }

  hide() {
    this.#closeSource();
    this.#closeMenu();
    this.node.hidden = true;
  }

  /** The draft comes back when it is known whose it is. */
  #recall() {
    if (this.isRecalled || !this.#talk.isSettled) return;
    this.isRecalled = true;
    this.field.value ||= this.#memory.draft;
    this.#typed();
  }

  /** Whoever sat here has gone, with all they had begun. */
  clear() {
    this.#closeSource();
    this.sheet.replaceChildren();
    this.#closeMenu();
    this.tray.take();
    this.prefill("");
  }

  /** Puts words into the composer without sending them. */
  prefill(text) {
    this.field.value = text;
    this.#typed();
  }

  sync() {
    const talk = this.#talk;
    const texts = this.#texts;
    if (this.node.hidden) return;
    this.#recall();
    this.heading.textContent = this.look.title || texts.say("title");
    this.#showSpeaker();
    this.log.sync(itemsOf(talk, texts, this.look.greeting || texts.say("greeting")), talk.seen);
    this.#showBanner();
    this.person.hidden = ["queue", "person"].includes(talk.speaker);
    this.fresh.hidden = talk.last === 0;
    this.mailed.hidden = this.fresh.hidden || !this.look.mails;
    this.earlier.hidden = !talk.session?.who;
    this.more.hidden = this.fresh.hidden && this.person.hidden && this.earlier.hidden;
    this.#showAsking();
    if (!document.hidden) talk.markSeen();
  }

  /** Who they are is asked of strangers only, and only before they have said something. */
  #showAsking() {
    const { asks = [] } = this.look;
    const { identity, session, outbox, about } = this.#talk;
    const isAsked = asks.length > 0 && !identity && !session && !outbox.length;
    if (isAsked ? this.asking?.about === about : !this.asking) return;
    this.asking?.node.remove();
    this.asking = isAsked ? new Asking(this.#texts, asks, about) : null;
    if (this.asking) this.composer.prepend(this.asking.node);
  }

  #build() {
    const texts = this.#texts;
    const button = (name, label, deed, mark) => h("button", {
      class: `icon-button ${name}`, type: "button", "aria-label": texts.say(label), title: texts.say(label), onclick: deed,
    }, icon(mark));
    this.avatar = h("span", { class: "avatar", "aria-hidden": "true" });
    this.heading = h("h2", { id: "title" });
    this.status = h("p", { class: "status" });
    this.more = button("more", "menu", () => this.#toggleMenu(), "more");
    this.more.setAttribute("aria-haspopup", "true");
    this.menuPerson = h("button", { type: "button", onclick: () => this.#askForPerson() }, icon("person"), texts.say("talk_to_person"));
    this.fresh = h("button", { type: "button", onclick: () => this.#restart() }, icon("fresh"), texts.say("new_conversation"));
    this.earlier = h("button", { type: "button", onclick: () => this.#openHistory() }, icon("page"), texts.say("earlier"));
    this.mailed = h("button", { type: "button", onclick: () => this.#openTranscript() }, icon("send"), texts.say("transcript"));
    this.menu = h("div", { class: "menu", hidden: true }, this.menuPerson, this.earlier, this.mailed, this.fresh);
    this.banner = h("p", { class: "banner", role: "status", hidden: true });
    this.sheet = h("div", { class: "sheet", hidden: true, role: "dialog", "aria-labelledby": "sheet-title" });
    this.person = h("button", { class: "quiet talk", type: "button", onclick: () => this.#askForPerson() }, icon("person"), texts.say("talk_to_person"));
    return h("section", { class: "panel", id: "panel", role: "dialog", "aria-labelledby": "title", hidden: true, onkeydown: (event) => this.#key(event),
      ondragover: (event) => event.preventDefault(), ondrop: (event) => this.#given(event, event.dataTransfer),
      onclick: ({ target }) => { if (!this.more.contains(target) && !this.menu.contains(target)) this.#closeMenu(); } },
      h("header", { role: "none" }, this.avatar, h("div", { class: "names" }, this.heading, this.status), this.more,
        button("shut", "close", () => this.#on.close(), "close"), this.menu),
      h("div", { class: "middle" }, this.log.node, this.log.voice, this.banner, this.log.jump, this.sheet),
      this.#buildComposer());
  }

  #buildComposer() {
    const texts = this.#texts;
    this.field = h("textarea", {
      rows: 1, dir: "auto", placeholder: texts.say("placeholder"), "aria-label": texts.say("placeholder"),
      enterkeyhint: "send", autocomplete: "off", "aria-describedby": "count",
      oninput: () => { this.#typed(); this.#talk.write(); },
      onkeydown: (event) => this.#enter(event),
      onpaste: (event) => this.#given(event, event.clipboardData),
    });
    this.submit = h("button", { class: "send", type: "submit", "aria-label": texts.say("send"), title: texts.say("send") }, icon("send"));
    this.count = h("span", { class: "count", id: "count" });
    this.chooser = h("input", { type: "file", multiple: true, hidden: true, tabIndex: -1, onchange: () => { this.#attach(this.chooser.files); this.chooser.value = ""; } });
    this.limits = h("span", { class: "limits", id: "limits" });
    this.clip = h("button", { class: "icon-button attach", type: "button", "aria-label": texts.say("attach"), "aria-describedby": "limits", onclick: () => this.chooser.click() }, icon("clip"));
    this.composer = h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.#send(); } },
      h("div", { class: "field" }, this.clip, this.field, this.submit), this.chooser,
      h("div", { class: "below" }, this.person, this.limits, this.count));
    return this.composer;
  }

  #attach(files) {
    this.tray.add(files);
    this.log.toEnd();
    this.field.focus({ preventScroll: true });
  }

  /** Pictures and files from the clipboard or dropped on the panel; text goes its usual way. */
  #given(event, transfer) {
    if (!transfer?.files.length) return;
    event.preventDefault();
    this.#attach(transfer.files);
  }

  #showSpeaker() {
    const { speaker, author } = this.#talk;
    const texts = this.#texts;
    const name = author || texts.say("colleague");
    const words = {
      bot: () => texts.say("assistant_status"),
      queue: () => texts.say("queue_status"),
      person: () => texts.say("person_status", { name }),
    };
    const back = this.look.backAt && speaker !== "person" && new Date(this.look.backAt);
    const said = (words[speaker] ?? (() => texts.say("nobody_status")))();
    this.status.textContent = back > new Date() ? `${said}. ${texts.say("back_at", { time: texts.until(back, new Date()) })}` : said;
    this.avatar.className = `avatar ${speaker}`;
    this.avatar.replaceChildren(speaker === "person" ? initial(name) : icon(speaker === "queue" ? "person" : "chat"));
  }

  #showBanner() {
    const talk = this.#talk;
    const key = !talk.isOnline ? "offline" : talk.expired ? "expired" : talk.isBroken ? "reconnecting" : null;
    this.banner.hidden = key === null;
    if (key) this.banner.textContent = this.#texts.say(key);
  }

  // ---- deeds ---------------------------------------------------------------------------------

  #say(text, files) {
    if (this.asking && !this.asking.isFine()) return;
    this.#talk.say(text, this.#texts.language, files);
    this.log.toEnd();
    if (matchMedia("(hover: hover)").matches) this.field.focus(); // a phone's keyboard stays away
  }

  #send() {
    const text = this.field.value.trim();
    if (this.submit.disabled || (this.asking && !this.asking.isFine())) return;
    this.field.value = "";
    const files = this.tray.take();
    this.#typed();
    this.#say(text, files);
  }

  #askForPerson() {
    this.#closeMenu();
    this.#say(this.#texts.say("talk_to_person"));
  }

  #restart() {
    this.#closeMenu();
    this.#talk.restart();
    this.field.focus();
  }

  /** Enter sends; Shift+Enter, and Enter that only ends a composed character, do not. */
  #enter(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#send();
  }

  #typed() {
    const length = [...this.field.value.trim()].length;
    if (this.#talk.isSettled) this.#memory.draft = this.field.value;
    this.submit.disabled = (length === 0 && this.tray.isEmpty) || length > TEXT_LIMIT;
    this.count.textContent = length > TEXT_LIMIT
      ? this.#texts.say("too_long", { count: length - TEXT_LIMIT })
      : length > TEXT_LIMIT - 200 ? `${length} / ${TEXT_LIMIT}` : "";
    this.limits.hidden = this.count.textContent !== "";
    this.count.classList.toggle("over", length > TEXT_LIMIT);
    // Grows with its text; CSS sets the limits.
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  #closeMenu() {
    if (!this.menu.hidden) this.#toggleMenu();
  }

  #toggleMenu() {
    this.menu.hidden = !this.menu.hidden;
    this.more.setAttribute("aria-expanded", String(!this.menu.hidden));
    this.menuPerson.hidden = this.person.hidden;
    if (!this.menu.hidden) this.menu.querySelector("button:not([hidden])")?.focus();
  }

  /** Escape closes what was opened last. */
  #key(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (!this.menu.hidden) {
      this.#toggleMenu();
      this.more.focus();
    } else if (!this.sheet.hidden) this.#closeSource();
    else this.#on.close();
  }

  /** The cited passages of one article, inside the panel; the whole article is one more tap away. */
  #openSource(citation, all, opener) {
    const texts = this.#texts;
    const quotes = all.filter(({ title }) => title === citation.title).map(({ quote }) => quote).filter(Boolean);
    const address = safeAddress(citation.anchor ? `${citation.url}#${citation.anchor}` : citation.url, this.look.base);
    this.#openSheet(citation.title, opener,
      h("p", { class: "label" }, texts.say("passage")),
      h("blockquote", { dir: "auto" }, quotes.map((quote) => h("p", {}, quote))),
      address ? away(address, texts.say("open_article"), icon("away")) : null);
  }

  /** Something over the conversation, with a way back to it. */
  #openSheet(title, opener, ...content) {
    const back = this.#texts.say("back");
    const button = h("button", { class: "icon-button", type: "button", "aria-label": back, title: back, onclick: () => this.#closeSource() }, icon("back"));
    this.sheet.replaceChildren(
      h("div", { class: "sheet-top" }, button, h("h3", { id: "sheet-title", dir: "auto" }, title)),
      h("div", { class: "sheet-body" }, ...content));
    this.sheet.hidden = false;
    this.opener = opener;
    button.focus();
  }

  /** The earlier chats of somebody who is signed in. */
  async #openHistory() {
    const texts = this.#texts;
    this.#closeMenu();
    const list = h("ul", { class: "earlier" });
    this.#openSheet(texts.say("earlier"), this.more, list);
    const chats = await this.#talk.history().catch(() => []);
    const now = new Date();
    list.replaceChildren(...chats.map((chat) => h("li", {}, h("button", {
      type: "button", onclick: () => { this.#closeSource(); this.#talk.goTo(chat); },
    }, h("span", { dir: "auto" }, chat.text), h("time", { dateTime: chat.at }, texts.until(new Date(chat.at), now))))));
    if (!chats.length) list.append(h("li", { class: "label" }, texts.say("earlier_none")));
  }

  /** The chat by mail; an address that we do not know to be theirs is asked first. */
  #openTranscript() {
    const texts = this.#texts;
    this.#closeMenu();
    const told = h("p", { role: "status" });
    const email = h("input", { type: "email", autocomplete: "email", dir: "ltr", maxLength: 254, required: !this.#talk.session?.who,
      placeholder: "name@example.org", value: this.#talk.about.email ?? "", "aria-label": texts.say("transcript") });
    const form = h("form", { class: "asking", onsubmit: async (event) => {
      event.preventDefault();
      const { state } = await this.#talk.transcript(email.value.trim()).catch(() => ({}));
      told.textContent = texts.say({ sent: "transcript_sent", asked: "transcript_asked" }[state] ?? "failed");
    } }, email, h("button", { class: "quiet", type: "submit" }, texts.say("send")), told);
    this.#openSheet(texts.say("transcript"), this.more, form);
  }

  #closeSource() {
    if (this.sheet.hidden) return;
    this.sheet.hidden = true;
    this.opener?.focus();
  }
}
