// What this browser remembers of the chat, shared by all its tabs.

/** localStorage, or plain memory where the page may not use it. */
function storage() {
  try {
    const probe = "threadline:probe";
    localStorage.setItem(probe, "1");
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    const kept = new Map();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
      key: (index) => [...kept.keys()][index] ?? null,
      get length() { return kept.size; },
    };
  }
}

export class Memory {
  #store = storage();

  constructor(name) {
    this.prefix = `threadline:${name}:`;
  }

  /** Whose all of this is: the account of somebody known, or undefined of a stranger. */
  get owner() { return this.#read("owner") ?? this.session?.who; }
  set owner(value) { this.#write("owner", value ?? null); }

  /** {conversation, token, who} of the running conversation, or null; `who` only of somebody known. */
  get session() { return this.#read("session"); }
  set session(value) { this.#write("session", value); }

  /** The last sequence number this person has seen. */
  get seen() { return this.#read("seen") ?? 0; }
  set seen(value) { this.#write("seen", value); }

  get draft() { return this.#read("draft") ?? ""; }
  set draft(value) { this.#write("draft", value || null); }

  get isOpen() { return this.#read("open") ?? false; }
  set isOpen(value) { this.#write("open", value || null); }

  /** Messages that are not yet in the stream, oldest first. One key each: two tabs never
      overwrite each other's. */
  outbox() {
    const found = [];
    for (let index = 0; index < this.#store.length; index += 1) {
      const key = this.#store.key(index);
      if (key?.startsWith(`${this.prefix}out:`)) found.push(this.#read(key.slice(this.prefix.length)));
    }
    const kept = found.filter((message) => message?.client_id);
    return kept.sort((a, b) => a.at - b.at || (a.client_id < b.client_id ? -1 : 1));
  }

  /** Leaves no trace of whoever used this browser. */
  forget() {
    for (const { client_id: id } of this.outbox()) this.drop(id);
    for (const key of ["session", "seen", "draft", "owner"]) this.#write(key, null);
  }

  keep(message) { this.#write(`out:${message.client_id}`, message); }
  drop(clientId) { this.#write(`out:${clientId}`, null); }

  #read(key) {
    try {
      return JSON.parse(this.#store.getItem(this.prefix + key));
    } catch {
      return null;
    }
  }

  #write(key, value) {
    try {
      if (value === null) this.#store.removeItem(this.prefix + key);
      else this.#store.setItem(this.prefix + key, JSON.stringify(value));
    } catch {
      // A full storage loses convenience, never a message: what is on its way stays in memory.
    }
  }
}
