// The list of messages on the screen. Nodes stay where they are; only what changed is drawn again.

const NEAR_END = 64;
const BURST = 300;
const MOST_TOLD = 3;

export class Log {
  #drawn = new Map(); // key -> {node, slots}
  #texts;
  #on;

  /** `on.choose(button)`, `on.source(citation)`, `on.rate(seq, helpful)`, `on.retry(id)`, `on.discard(id)`. */
  constructor(texts, on) {
    this.#texts = texts;
    this.#on = on;
    this.list = h("ol", { class: "items" });
    this.node = h("div", {
      class: "log", role: "log", tabIndex: 0, "aria-live": "off", "aria-label": texts.say("log"),
    }, this.list);
    // What is new is read out from here: the log itself would read all that was said whenever it is shown.
    this.voice = h("div", { class: "unseen", "aria-live": "polite" });
    this.jump = h("button", { class: "jump", type: "button", hidden: true, onclick: () => this.toEnd() },
      texts.say("new_messages"), icon("down"));
    this.node.addEventListener("scroll", () => { if (this.#isAtEnd()) this.jump.hidden = true; }, { passive: true });
  }

  /** `seen`: the number of the last message that was on the screen before; what came after is read out. */
  sync(items, seen = Infinity) {
    const wasAtEnd = this.#isAtEnd();
    const keys = new Set(items.map(({ key }) => key));
    for (const [key, { node }] of this.#drawn) {
      if (!keys.has(key)) {
        node.remove();
        this.#drawn.delete(key);
      }
    }
    let added = null;
    let place = this.list.firstChild;
    for (const item of items) {
      const known = this.#drawn.get(item.key);
      const drawn = known ?? { node: h("li"), slots: {} };
      this.#draw(drawn, item);
      if (!known) {
        this.#drawn.set(item.key, drawn);
        added = { node: drawn.node, item };
        if (item.id > seen && item.from !== "customer") this.#tell(item, drawn);
      }
      if (drawn.node === place) place = place.nextSibling;
      else this.list.insertBefore(drawn.node, place);
    }
    if (added) this.#reveal(added, wasAtEnd);
    else if (wasAtEnd) this.toEnd();
  }

  /** Read out once all of a burst has come; of a long one its end. */
  #tell({ kind, from, author }, { node, slots }) {
    const name = from === "bot" ? this.#texts.say("assistant") : author || this.#texts.say("colleague");
    const parts = [slots.body, slots.choices].map((slot) => slot?.node.innerText.trim()).filter(Boolean);
    this.news = [...this.news ?? [], `${kind === "said" ? `${name}: ` : ""}${parts.join("\n")}`].slice(-MOST_TOLD);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      if (node.isConnected) this.voice.replaceChildren(...this.news.map((text) => h("p", {}, text)));
      this.news = [];
    }, BURST);
  }

  toEnd() {
    this.node.scrollTop = this.node.scrollHeight;
    this.jump.hidden = true;
  }

  #isAtEnd() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR_END;
  }

  /** Follows new messages unless the reader is further up; a long answer is shown from its start. */
  #reveal({ node, item }, wasAtEnd) {
    if (item.from === "customer" || wasAtEnd) {
      const start = node.offsetTop - 12;
      this.toEnd();
      if (item.from !== "customer" && this.node.scrollTop > start) this.node.scrollTop = start;
    } else if (item.kind !== "typing") {
      this.jump.hidden = false;
    }
  }

  #draw(drawn, item) {
    drawn.node.className = [
      item.kind, item.from ?? "", item.isFirst ? "first" : "", item.isLast ? "last" : "", item.state ?? "",
    ].filter(Boolean).join(" ");
    const slots = item.kind === "said" ? this.#said(item) : { body: [item, () => this.#plain(item)] };
    for (const [name, [known, make]] of Object.entries(slots)) {
      const signature = JSON.stringify(known);
      const slot = drawn.slots[name] ??= { node: drawn.node.appendChild(h("div", { class: name })) };
      if (slot.signature === signature) continue;
      slot.signature = signature;
      slot.node.replaceChildren(...[make()].flat().filter(Boolean));
    }
  }

  /** A message in parts, each drawn again only when it changed, so that nothing is read twice. */
  #said(item) {
    const choices = item.isOpen ? item.buttons : [];
    return {
      who: [[item.isFirst, item.from, item.author], () => this.#who(item)],
      body: [[item.text, item.rich, item.files, item.citations, item.suggestions], () => this.#body(item)],
      rating: [[item.ratable, item.rated], () => this.#rating(item)],
      choices: [choices, () => this.#choices(choices)],
      foot: [[item.isLast, item.at, item.state, item.reason, item.isStuck], () => this.#foot(item)],
    };
  }

  #who({ isFirst, from, author }) {
    const texts = this.#texts;
    if (!isFirst) return [];
    if (from === "customer") return h("span", { class: "unseen" }, texts.say("you"));
    const name = from === "bot" ? texts.say("assistant") : author || texts.say("colleague");
    return [from === "bot" ? h("i", { class: "mark" }) : h("i", { class: "initial", "aria-hidden": "true" }, initial(name)), name];
  }

  #body({ text, rich, files = [], citations = [], suggestions = [] }) {
    const parts = rich ? [h("div", { class: "rich" }, formed(rich))] : text || !files.length ? [h("p", { dir: "auto" }, linked(text))] : [];
    parts.push(...files.map((file) => this.#file(file)));
    if (citations.length) parts.push(this.#from(citations));
    if (suggestions.length) parts.push(this.#seeAlso(suggestions));
    return h("div", { class: "bubble" }, parts);
  }

  /** What a colleague sent is a button that saves it, with a picture of it where it is one. */
  #file({ id, name, size, media_type: type, own }) {
    const about = [icon("clip"), h("bdi", {}, name), h("small", {}, this.#texts.size(size))];
    const picture = own ?? (id && /^image\//.test(type) && this.#on.file(id));
    if (picture) {
      Promise.resolve(picture).then(preview).then((canvas) => about[0].replaceWith(h("span", { class: "thumb" }, canvas)), () => {});
    }
    if (!id) return h("p", { class: "file" }, about);
    const save = () => this.#on.file(id).then((blob) => saved(blob, name), () => {});
    return h("button", { class: "file", type: "button", onclick: save }, about);
  }

  #from(citations) {
    const byTitle = [...new Map(citations.map((citation) => [citation.title, citation])).values()];
    const buttons = byTitle.slice(0, 3).map((citation) => h("li", {}, h("button", {
      class: "source", type: "button", onclick: (event) => this.#on.source(citation, citations, event.currentTarget),
    }, icon("page"), h("span", { dir: "auto" }, citation.title))));
    return h("div", { class: "from" }, h("span", { class: "label" }, this.#texts.say("from")), h("ul", {}, buttons));
  }

  #seeAlso(suggestions) {
    const links = suggestions.slice(0, 3).map(({ title, url }) => h("li", {}, this.#on.link(url, icon("page"), h("span", { dir: "auto" }, title))));
    return h("div", { class: "from" }, h("span", { class: "label" }, this.#texts.say("see_also")), h("ul", {}, links));
  }

  /** Two small buttons under an answer; what was pressed stays pressed and may be changed. */
  #rating({ ratable, rated }) {
    if (!ratable) return [];
    const texts = this.#texts;
    const button = (helpful, word) => h("button", {
      class: "rate", type: "button", "aria-pressed": String(rated === helpful), onclick: () => this.#on.rate(ratable, helpful),
    }, texts.say(word));
    return h("div", { class: "rates", role: "group", "aria-label": texts.say("rate_question") },
      h("span", { class: "label" }, texts.say(rated === undefined ? "rate_question" : "rate_thanks")),
      button(true, "rate_yes"), button(false, "rate_no"));
  }

  #choices(buttons) {
    if (!buttons.length) return [];
    const choices = buttons.map((button) => h("button", {
      class: "choice", type: "button", dir: "auto", onclick: () => this.#on.choose(button),
    }, button.title));
    return h("div", { class: "options", role: "group" }, choices);
  }

  #foot({ isLast, at, state, reason, isStuck, clientId }) {
    const texts = this.#texts;
    if (state === "failed") {
      return [
        h("span", { class: "error", role: "alert" }, texts.say(reason ?? "failed")),
        h("button", { class: "quiet", type: "button", onclick: () => this.#on.retry(clientId) }, texts.say("retry")),
        h("button", { class: "quiet", type: "button", onclick: () => this.#on.discard(clientId) }, texts.say("discard")),
      ];
    }
    if (state === "waiting") return texts.say(isStuck ? "waiting" : "sending");
    return isLast && at ? h("time", { dateTime: at.toISOString(), title: texts.full.format(at) }, texts.clock.format(at)) : [];
  }

  #plain(item) {
    switch (item.kind) {
      case "typing": return this.#typing(item);
      case "ticket": return this.#ticket(item.ticket);
      case "line": return item.text ? h("span", { dir: "auto" }, linked(item.text)) : this.#line(item);
      default: return item.text;
    }
  }

  #typing({ from, author }) {
    const name = from === "bot" ? this.#texts.say("assistant") : author || this.#texts.say("colleague");
    return [
      h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      h("span", { class: "unseen" }, this.#texts.say("typing", { name })),
    ];
  }

  #ticket({ number, team, response_due: due }) {
    const texts = this.#texts;
    const time = due && texts.until(new Date(due), new Date());
    const next = [time ? texts.say("ticket_due", { time }) : null, texts.say("ticket_here")];
    return h("div", { class: "card" },
      h("div", {}, icon("ticket"), h("strong", {}, texts.say("ticket", { number })), h("span", {}, team)),
      h("p", {}, next.filter(Boolean).join(" ")));
  }

  #line({ word, values = {} }) {
    const name = values.name || this.#texts.say("colleague");
    return this.#texts.say(word, { ...values, name });
  }
}

function initial(name) {
  return [...name][0].toLocaleUpperCase();
}
