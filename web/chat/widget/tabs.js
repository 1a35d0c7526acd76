// One stream per browser: a Web Lock chooses the tab that reads it, a BroadcastChannel tells the rest.

const ANSWER_WITHIN = 3_000;

/** Runs `deed` while no other tab runs one of that name; alone where locks are not to be had. */
export function exclusively(name, deed) {
  return navigator.locks ? navigator.locks.request(name, deed) : deed();
}

export class Tabs {
  #name;
  #on;
  #self = Math.random().toString(36).slice(2);
  #channel = null;
  #waiting = null; // our place in the line for the lock
  #term = null; // while this tab leads
  #unanswered = 0;

  /** `on.lead(signal)` reads the stream until the signal fires; `on.heard(message)` takes what the
      leader tells; `on.asked(after)` gives what a new tab has missed. */
  constructor(name, on) {
    this.#name = name;
    this.#on = on;
  }

  get leads() { return this.#term !== null; }

  start() {
    if (navigator.locks && globalThis.BroadcastChannel) {
      this.#channel = new BroadcastChannel(this.#name);
      this.#channel.onmessage = ({ data }) => this.#hear(data);
      this.#queue(false);
    } else {
      this.#term = new AbortController();
      this.#on.lead(this.#term.signal);
    }
  }

  stop() {
    clearTimeout(this.#unanswered);
    this.#waiting?.abort();
    this.#term?.abort();
    this.#term = null;
    this.#channel?.close();
    this.#channel = null;
  }

  tell(message) { this.#channel?.postMessage(message); }

  /** Asks the leader for what came after `after`; a leader that stays silent is replaced. */
  ask(after) {
    if (!this.#channel || this.leads) return;
    this.tell({ ask: after, from: this.#self });
    clearTimeout(this.#unanswered);
    this.#unanswered = setTimeout(() => this.#queue(true), ANSWER_WITHIN);
  }

  #queue(steal) {
    this.#waiting?.abort();
    const waiting = new AbortController();
    this.#waiting = waiting;
    let term = null;
    const lead = () => {
      if (waiting.signal.aborted) return undefined;
      clearTimeout(this.#unanswered);
      term = new AbortController();
      this.#term = term;
      this.#on.lead(term.signal);
      return new Promise((release) => term.signal.addEventListener("abort", release));
    };
    const options = steal ? { steal: true } : { signal: waiting.signal };
    navigator.locks.request(this.#name, options, lead).catch(() => {
      if (!term) return; // we left the line ourselves
      term.abort(); // another tab took over because this one did not answer
      if (this.#term === term) this.#term = null;
      if (this.#channel) this.#queue(false);
    });
  }

  #hear(message) {
    if ("ask" in message) {
      if (this.leads) this.tell({ to: message.from, missed: this.#on.asked(message.ask) });
      return;
    }
    if (message.to && message.to !== this.#self) return;
    clearTimeout(this.#unanswered);
    this.#on.heard(message);
  }
}
