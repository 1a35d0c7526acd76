// The conversation as this browser knows it: what was said, what waits to be sent, who answers.
// No DOM here; every change is announced as a "change" event.

const TYPING_LASTS = 6_000;
const ANSWER_EXPECTED = 12_000;
const BREAK_TOLD = 2_000;

export class Talk extends EventTarget {
  constructor(wire, memory) {
    super();
    this.wire = wire;
    this.memory = memory;
    this.events = []; // public events in order; index + 1 is the sequence number
    this.ratings = new Map(); // number of an answer -> did it help
    this.speaker = "bot";
    this.author = "";
    this.typing = null; // {from, author} while somebody writes
    this.expired = false;
    this.isConnected = true;
    this.isBroken = false;
    this.isOnline = navigator.onLine;
    this.drainAttempt = 0;
    this.about = {}; // what an anonymous visitor says of themselves
    this.pictures = new Map(); // client id -> own picture, for as long as this page
    this.here = new Map(); // what cannot be kept in the browser's storage: it waits as long as this page
  }

  get last() { return this.events.length; }

  /** False while this browser keeps somebody's chat and the page has not said that it is theirs:
      none of it is shown, and nothing of it sent. */
  get isSettled() {
    const { owner } = this.memory;
    return !owner || owner === this.who;
  }

  get session() { return this.isSettled ? this.memory.session : null; }

  /** Own messages that are not in the stream yet. */
  get outbox() {
    const arrived = new Set(this.events.map(({ data }) => data.client_id).filter(Boolean));
    const waiting = [...(this.isSettled ? this.memory.outbox() : []), ...this.here.values()];
    return waiting.filter(({ client_id: id }) => !arrived.has(id)).sort((a, b) => a.at - b.at);
  }

  /** The number up to which this browser has shown it; none while it is not known whose it is. */
  get seen() { return this.isSettled ? this.memory.seen : Infinity; }

  get unread() {
    const seen = this.memory.seen;
    return this.events.filter(({ id, data }) => id > seen && data.from !== "customer").length;
  }

  /** True when the last attempt to send failed: it is tried again by itself. */
  get isStuck() { return !this.isOnline || this.drainAttempt > 0; }

  /** True while the bot owes an answer to the last thing said. */
  get isAwaited() {
    const said = this.events.findLast(({ data }) => data.type === "message");
    return this.isOnline && ["bot", "nobody"].includes(this.speaker) && said?.data.from === "customer"
      && performance.now() - this.heardAt < ANSWER_EXPECTED; // the server's clock may differ from ours
  }

  start() {
    this.stopping = new AbortController();
    const { signal } = this.stopping;
    const network = () => {
      this.isOnline = navigator.onLine;
      this.#changed();
      if (this.isOnline) this.#drain();
    };
    addEventListener("online", network, { signal });
    addEventListener("offline", network, { signal });
    addEventListener("storage", (event) => this.#elsewhere(event), { signal });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.tabs?.ask(this.last);
    }, { signal });
    this.#follow();
    this.#drain();
  }

  stop() {
    this.stopping?.abort();
    this.tabs?.stop();
    clearTimeout(this.typingEnds);
    clearTimeout(this.awaitEnds);
    clearTimeout(this.breakTold);
  }

  /** Shows the message at once and sends it as soon as there is a connection. */
  say(text, language, files = []) {
    const at = Date.now();
    if (!this.identity) this.#settleAsStranger();
    if (text) this.#keep({ client_id: newId(at), text, language, page: location.href.slice(0, 2000), at, state: "waiting" });
    files.forEach((file, place) => {
      const id = newId(at);
      if (file.type.startsWith("image/")) this.pictures.set(id, file);
      this.#keep({ client_id: id, text: "", file, at: at + place + 1, state: "waiting" });
    });
    this.#changed();
    this.tabs?.tell({ outbox: true });
    this.#drain();
  }

  retry(clientId) {
    const message = this.outbox.find(({ client_id: id }) => id === clientId);
    if (!message) return;
    this.#keep({ ...message, state: "waiting" });
    this.#changed();
    this.#drain();
  }

  discard(clientId) {
    this.#drop(clientId);
    this.#changed();
  }

  #keep(message) {
    if (message.file || !this.isSettled) {
      this.here.set(message.client_id, message);
    } else {
      this.here.delete(message.client_id);
      this.memory.keep(message);
    }
  }

  #drop(clientId) {
    this.here.delete(clientId);
    this.memory.drop(clientId);
  }

  #isWaiting(clientId) { return this.outbox.some(({ client_id: id }) => id === clientId); }

  /** Leaves this conversation; the next message opens another one of the same visitor. */
  restart() {
    this.former = this.session?.token;
    this.memory.session = null;
    this.#reset();
  }

  // ---- who it is -----------------------------------------------------------------------------

  /** `source`: the website's signed word, or a function that gets a fresh one. */
  async identify(source) {
    const identity = typeof source === "function" ? source : () => source;
    this.identity = identity;
    const who = subjectOf(await identity());
    if (identity !== this.identity) return; // signed out, or somebody else, meanwhile
    if (!who) this.identity = undefined;
    this.#turnTo(who);
    const { session } = this;
    if (session && session.who !== who) await this.#become();
    else if (!this.tabs) this.#follow();
    this.#drain();
  }

  /** The panel is shown: what they had said elsewhere is there too. */
  async arrive() {
    if (!this.identity) this.#settleAsStranger();
    if (this.who && !this.session) await this.#become();
  }

  /** Signed out: nothing of it stays in this browser. */
  logout() {
    this.identity = undefined;
    this.#leave();
    this.who = undefined;
    this.#changed();
  }

  /** From here on it is `who`; what somebody else left in this browser goes first. */
  #turnTo(who) {
    const { owner } = this.memory;
    if (owner && owner !== who) this.#forget();
    this.who = who;
    this.memory.owner = who;
    for (const message of this.here.values()) this.#keep(message);
    this.#changed();
  }

  #settleAsStranger() {
    if (!this.isSettled) this.#forget();
  }

  /** What was written on this page before it was known whose it is stays: it is not the other person's. */
  #forget() {
    if (this.isSettled) {
      this.#leave();
    } else {
      this.memory.forget();
      this.#reset();
    }
  }

  /** Whoever was shown on this page has gone from it. */
  #leave() {
    this.former = undefined;
    this.expired = false;
    this.about = {};
    this.here.clear();
    this.pictures.clear();
    this.memory.forget();
    this.#reset();
    this.dispatchEvent(new Event("left"));
  }

  /** Earlier chats of somebody known, latest first. */
  async history() {
    const { session } = this;
    return session?.who ? (await this.wire.history(session)).items : [];
  }

  /** Goes on in an earlier chat. */
  goTo({ conversation, token }) {
    this.memory.session = { conversation, token, who: this.who };
    this.#reset();
    this.#follow();
  }

  /** Goes on as the one who is signed in; anonymously where the server does not believe it. */
  #become() {
    const { identity } = this;
    if (this.becoming?.identity !== identity) {
      const over = () => { if (this.becoming?.identity === identity) this.becoming = null; };
      this.becoming = { identity, done: this.#goOnAs(identity).finally(over) };
    }
    return this.becoming.done;
  }

  async #goOnAs(identity) {
    try {
      const word = await identity();
      if (identity !== this.identity) return;
      const who = subjectOf(word);
      if (who !== this.who) this.#turnTo(who);
      const { conversation, token } = await this.wire.identify(word, this.memory.session?.token);
      if (who !== this.who || identity !== this.identity) return;
      const isSame = conversation === this.memory.session?.conversation;
      this.memory.session = { conversation, token, who };
      this.expired = false;
      if (!isSame) this.#reset();
      if (!isSame || !this.tabs) this.#follow();
    } catch (error) {
      if (![400, 401].includes(error.status)) throw error;
      if (identity !== this.identity) return;
      this.identity = this.who = undefined;
      this.memory.owner = undefined;
      if (!this.isSettled) this.#reset();
      this.dispatchEvent(new Event("refused"));
    }
  }

  /** Whether an answer helped; shown at once, and taken back when it could not be said. */
  async rate(seq, helpful) {
    const { session } = this;
    if (!session) return;
    const before = this.ratings.get(seq);
    this.ratings.set(seq, helpful);
    this.#changed();
    try {
      await this.wire.rate(session, seq, helpful);
    } catch {
      if (before === undefined) this.ratings.delete(seq);
      else this.ratings.set(seq, before);
      this.#changed();
    }
  }

  markSeen() {
    if (!this.isSettled || this.memory.seen >= this.last) return; // after a reload all is told again
    const { unread, memory, last } = this;
    memory.seen = last;
    if (unread && memory.session) this.wire.seen(memory.session, last).catch(() => {});
    this.#changed();
  }

  transcript(email) { return this.wire.transcript(this.session, email); }

  file(id) { return this.wire.file(this.session, id); }

  /** Tells a person who is reading that an answer is being written. */
  write() {
    const { session } = this;
    if (!session || this.speaker !== "person" || Date.now() < (this.wroteUntil ?? 0)) return;
    this.wroteUntil = Date.now() + TYPING_LASTS / 2;
    this.wire.typing(session).catch(() => {}); // a hint: nothing depends on it
  }

  #changed() { this.dispatchEvent(new Event("change")); }

  #reset() {
    this.tabs?.stop();
    this.tabs = null;
    this.ratings.clear();
    Object.assign(this, { events: [], speaker: "bot", author: "", typing: null, isConnected: true, isBroken: false });
    clearTimeout(this.breakTold);
    if (this.isSettled) this.memory.seen = 0;
    for (const { client_id: id, state } of this.memory.outbox()) if (state === "sent") this.memory.drop(id);
    this.#changed();
  }

  /** Another tab changed what we share. */
  #elsewhere({ key }) {
    if (!key?.startsWith(this.memory.prefix)) return;
    if (/:(session|owner)$/.test(key) && this.session?.conversation !== this.conversation) {
      this.#reset();
      this.#follow();
    } else {
      this.#changed();
    }
  }

  // ---- reading -------------------------------------------------------------------------------

  #follow() {
    const { session } = this;
    this.conversation = session?.conversation;
    if (!session) return;
    const tabs = new Tabs(`${this.memory.prefix}${session.conversation}`, {
      lead: (signal) => this.#lead(session.conversation, signal),
      heard: (message) => this.#heard(message),
      asked: (after) => ({ events: this.events.slice(after), isConnected: this.isConnected }),
    });
    this.tabs = tabs;
    tabs.start();
    tabs.ask(0);
  }

  async #lead(conversation, signal) {
    const state = (isConnected) => {
      this.#connected(isConnected);
      this.tabs?.tell({ isConnected });
      if (isConnected) this.#drain();
    };
    const on = {
      up: () => state(true),
      down: () => state(false),
      isRead: () => this.memory.isOpen && !document.hidden,
      event: (frame) => {
        const fits = this.#take(frame);
        if (fits) this.tabs?.tell({ event: frame });
        return fits;
      },
    };
    // The token may have been renewed meanwhile: it is read again at each attempt.
    const session = { conversation, get token() { return memory.session?.token ?? ""; } };
    const { memory } = this;
    try {
      await this.wire.follow(session, () => this.last, on, signal);
    } catch {
      if (memory.session?.conversation === conversation) this.#expire();
      if (this.who) this.#become().catch(() => {}); // the next message tries again
    }
  }

  #heard({ event, missed, isConnected = missed?.isConnected, outbox }) {
    missed?.events.forEach((frame) => this.#take(frame));
    if (event && !this.#take(event)) this.tabs?.ask(this.last);
    if (isConnected !== undefined) this.#connected(isConnected);
    if (outbox || missed) this.#changed();
  }

  /** A break is said only when it lasts; most are over before anybody would read it. */
  #connected(isConnected) {
    this.isConnected = isConnected;
    clearTimeout(this.breakTold);
    if (isConnected) this.isBroken = false;
    else this.breakTold = setTimeout(() => { this.isBroken = true; this.#changed(); }, BREAK_TOLD);
    this.#changed();
  }

  /** Takes the next event in order. False: one before it is missing, read again. */
  #take({ id, data }) {
    if (id === null) {
      this.#showTyping(data);
      return true;
    }
    if (id <= this.last) return true;
    if (id > this.last + 1) return false;
    this.events.push({ id, data });
    this.heardAt = performance.now();
    if (data.client_id) this.#drop(data.client_id);
    if (data.type === "speaker_changed") {
      this.speaker = data.speaker;
      this.author = data.name ?? "";
    }
    if (data.from !== "customer") this.typing = null;
    clearTimeout(this.awaitEnds);
    if (this.isAwaited) this.awaitEnds = setTimeout(() => this.#changed(), ANSWER_EXPECTED);
    this.#changed();
    return true;
  }

  #showTyping(data) {
    if (data.type !== "typing" || data.from === "customer") return;
    this.typing = data;
    clearTimeout(this.typingEnds);
    this.typingEnds = setTimeout(() => {
      this.typing = null;
      this.#changed();
    }, TYPING_LASTS);
    this.#changed();
  }

  // ---- sending -------------------------------------------------------------------------------

  /** Sends what waits, in order; one tab at a time. */
  async #drain() {
    if (this.draining) {
      this.drainAgain = true;
      return;
    }
    this.draining = true;
    do {
      this.drainAgain = false;
      await exclusively(`${this.memory.prefix}send`, () => this.#sendAll());
    } while (this.drainAgain && !this.stopping.signal.aborted);
    this.draining = false;
  }

  async #sendAll() {
    for (;;) {
      const next = this.outbox.find(({ state }) => state === "waiting");
      if (!next || this.stopping.signal.aborted) return;
      try {
        if (this.isSettled) await this.#send(next);
        else await this.#settle(); // something older may have to go first
        this.drainAttempt = 0;
      } catch (error) {
        if (!(await this.#recover(error, next))) return;
      }
      this.#changed();
    }
  }

  /** Nothing is sent before it is known who is there; whom the website cannot name is a stranger. */
  async #settle() {
    if (!this.isOnline) throw new Error("nobody can be asked who is there");
    if (this.identity) await this.identify(this.identity).catch(() => {});
    this.#settleAsStranger();
  }

  async #send({ at, state, ...message }) {
    const session = this.session ?? await this.#open();
    if (!session || !this.#isWaiting(message.client_id)) return; // who wrote it has gone meanwhile
    const { conversation, token } = await (message.file ? this.wire.postFile(session, message) : this.wire.post(session, message));
    const isHere = this.session?.conversation === session.conversation;
    if (isHere && token) this.memory.session = { ...session, conversation: conversation ?? session.conversation, token };
    if (isHere && conversation && conversation !== session.conversation) this.#moved(message);
    // It stays on the screen from here until it comes back by the stream.
    if (this.#isWaiting(message.client_id)) {
      this.#keep({ ...message, at, state: "sent" });
    }
  }

  /** The old conversation was closed: the message opened one that follows it. */
  #moved(message) {
    this.#drop(message.client_id);
    this.#reset();
    this.#follow();
  }

  async #open() {
    if (this.who && !this.former) await this.#become();
    if (this.session) return this.session;
    if (this.who && !this.former) return null; // it is somebody else meanwhile
    const { former, who } = this;
    const opened = await this.wire.open(former, this.about);
    if (former !== this.former || who !== this.who) return null;
    const session = { ...opened, who: former ? who : undefined };
    this.former = undefined;
    this.expired = false;
    this.memory.session = session;
    this.#follow();
    return session;
  }

  /** True: go on with the next message. False: nothing more can be sent now. */
  async #recover(error, message) {
    const { status } = error;
    if (!this.#isWaiting(message.client_id)) return true;
    if (status === 401) this.former = undefined;
    if ((status === 401 || status === 404) && this.session) {
      this.#expire();
      return true;
    }
    if ([400, 403, 409, 413, 422].includes(status)) {
      const reason = status === 413 ? (message.file ? "failed_large" : "failed_long") : "failed";
      this.#keep({ ...message, state: "failed", reason });
      return true;
    }
    const wait = error.retryAfter > 0 ? error.retryAfter * 1000 : backoff(this.drainAttempt);
    this.drainAttempt += 1;
    this.#changed();
    await pause(wait, this.stopping.signal);
    return !this.stopping.signal.aborted;
  }

  /** The conversation can no longer be read with this token: the next message opens another. */
  #expire() {
    this.memory.session = null;
    this.expired = true;
    this.#reset();
  }
}

function newId(at) {
  return `${at.toString(36)}-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
}

/** Whose signed word this is. Only the server checks it; we just notice when it is somebody else's. */
function subjectOf(word) {
  try {
    const body = word.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0)))).sub;
  } catch {
    return undefined;
  }
}
