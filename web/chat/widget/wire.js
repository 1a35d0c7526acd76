// HTTP: a few requests and one event stream. The token travels in a header only.

const SILENCE = 45_000; // the server sends a comment every 15 s
const READ_SILENCE = 2_500; // and every second while somebody looks
const SETTLED = 30_000; // a stream that held for so long earns quick watching again
const ANSWERS_WITHIN = 5_000;
const GONE_QUIET = new Error("the stream went quiet");
const FIRST_WAIT = 300;
const LONGEST_WAIT = 15_000;
const PATIENCE = 6_000; // for an answer; what is sent again is taken once

/** The server answered and said no. */
export class Refused extends Error {
  constructor(status, retryAfter) {
    super(`refused with ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Doubling, with a jitter that keeps a thousand browsers from coming back at once. */
export function backoff(attempt) {
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt);
  return wait * (0.5 + Math.random() / 2);
}

/** Waits, but no longer than until the browser is back online or the signal fires. */
export function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
    signal?.addEventListener("abort", done);
  });
}

export class Wire {
  constructor(base, inbox) {
    this.base = `${base}/chat/v1`;
    this.inbox = inbox;
  }

  look() {
    const query = this.inbox ? `?inbox=${encodeURIComponent(this.inbox)}` : "";
    return this.#json("GET", `/look${query}`);
  }

  open(token, about = {}) {
    return this.#json("POST", "/conversations", this.inbox ? { ...about, inbox: this.inbox } : about, token);
  }

  /** The website's signed word on who this is; answers with the conversation in which they go on. */
  identify(identity, token) {
    return this.#json("POST", "/identity", this.inbox ? { identity, inbox: this.inbox } : { identity }, token);
  }

  history(session) {
    return this.#json("GET", "/history", undefined, session.token);
  }

  post(session, message) {
    return this.#json("POST", `/conversations/${session.conversation}/messages`, message, session.token);
  }

  rate(session, seq, helpful) {
    return this.#json("POST", `/conversations/${session.conversation}/ratings`, { seq, helpful }, session.token);
  }

  transcript(session, email) {
    return this.#json("POST", `/conversations/${session.conversation}/transcript`, { email }, session.token);
  }

  /** A file is its own message: its bytes are the body, so nothing is copied into text. */
  async postFile(session, { client_id: id, file }) {
    const about = new URLSearchParams({ client_id: id, name: file.name.slice(0, 200) || "file" });
    const headers = { "Content-Type": file.type || "application/octet-stream", Authorization: `Bearer ${session.token}` };
    const answer = await fetch(`${this.base}/conversations/${session.conversation}/files?${about}`, {
      method: "POST", headers, body: file, credentials: "omit", signal: AbortSignal.timeout(120_000),
    });
    if (!answer.ok) throw new Refused(answer.status, Number(answer.headers.get("Retry-After")));
    return answer.json();
  }

  /** What was read up to this number is not mailed. */
  seen(session, seq) {
    return this.#json("POST", `/conversations/${session.conversation}/seen`, { seq }, session.token);
  }

  /** A colleague's file: asked for with the token, so its address alone opens nothing. */
  async file(session, id) {
    const answer = await fetch(`${this.base}/conversations/${session.conversation}/files/${id}`, {
      headers: { Authorization: `Bearer ${session.token}` }, credentials: "omit", signal: AbortSignal.timeout(120_000),
    });
    if (!answer.ok) throw new Refused(answer.status);
    return answer.blob();
  }

  typing(session) {
    return this.#json("POST", `/conversations/${session.conversation}/typing`, {}, session.token);
  }

  async #json(method, path, body, token) {
    const headers = body ? { "Content-Type": "application/json" } : {};
    if (token) headers.Authorization = `Bearer ${token}`;
    const answer = await fetch(this.base + path, {
      method, headers, body: body && JSON.stringify(body), credentials: "omit",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (!answer.ok) throw new Refused(answer.status, Number(answer.headers.get("Retry-After")));
    return answer.status === 204 ? {} : answer.json();
  }

  /** Follows a conversation until the signal fires; comes back by itself after every break.
      `after()` gives the last number had; `on.event` returns false to read again from there.
      Throws `Refused` when the server says that coming back is useless. */
  async follow(session, after, on, signal) {
    // On a network that is merely slow, watching closely would cut what works: each false alarm doubles the patience.
    let patience = READ_SILENCE;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const since = performance.now();
      const silence = on.isRead() ? Math.min(patience, SILENCE) : SILENCE;
      let told = 0;
      try {
        told = await this.#listen(session, after, { ...on, open: () => { attempt = 0; on.up(); } }, silence, signal);
      } catch (error) {
        if ([401, 403, 404].includes(error.status)) throw error;
        patience = performance.now() - since > SETTLED ? READ_SILENCE : patience * (error === GONE_QUIET ? 2 : 1);
      }
      if (signal.aborted) return;
      on.down();
      await pause(told || backoff(attempt), signal);
    }
  }

  /** Gives when to come back, in ms, where the server ended it; else 0. */
  async #listen(session, after, on, silence, signal) {
    const stop = new AbortController();
    const give = () => stop.abort();
    const quiet = () => stop.abort(GONE_QUIET);
    signal.addEventListener("abort", give);
    let watchdog = setTimeout(quiet, Math.max(silence, ANSWERS_WITHIN));
    const alive = () => { clearTimeout(watchdog); watchdog = setTimeout(quiet, silence); };
    try {
      const pace = silence < SILENCE ? "?beat=1" : "";
      const answer = await fetch(`${this.base}/conversations/${session.conversation}/events${pace}`, {
        headers: {
          Accept: "text/event-stream",
          Authorization: `Bearer ${session.token}`,
          "Last-Event-ID": String(after()),
        },
        cache: "no-store", credentials: "omit", signal: stop.signal,
      });
      if (!answer.ok) throw new Refused(answer.status);
      on.open();
      alive();
      let retry = 0;
      for await (const frame of frames(answer.body, alive)) {
        if (frame.retry) retry = frame.retry;
        else if (on.event(frame) === false) return 0;
      }
      return retry;
    } finally {
      clearTimeout(watchdog);
      signal.removeEventListener("abort", give);
      stop.abort();
    }
  }
}

/** Server-sent events of a body, as {id, data}; `id` is null for what is not replayed. Or {retry}, in ms. */
async function* frames(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    alive();
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const frame = { id: null, data: "" };
      for (const line of block.split("\n")) {
        if (line.startsWith("id:")) frame.id = Number(line.slice(3));
        else if (line.startsWith("data:")) frame.data += line.slice(5).trimStart();
        else if (line.startsWith("retry:")) yield { retry: Number(line.slice(6)) };
      }
      if (frame.data) yield { id: frame.id, data: JSON.parse(frame.data) };
    }
  }
}
