// From what the conversation knows to what the log shows: a flat list of keyed items.

const PAUSE = 5 * 60_000; // a longer silence starts a new group

/** Items in order. `key` names the node that shows an item for as long as it is on the screen. */
export function itemsOf(talk, texts, greeting) {
  const items = [...greeted(greeting), ...said(talk)];
  if (talk.typing || talk.isAwaited) {
    items.push({ kind: "typing", key: "typing", from: talk.typing?.from ?? "bot", author: talk.typing?.author ?? "" });
  }
  return withDays(grouped(items), texts);
}

function greeted(text) {
  return [{ kind: "said", key: "greeting", from: "bot", author: "", text, at: null }];
}

function said(talk) {
  const seen = talk.events.map(({ id, data }) => shown(id, data, talk)).filter(Boolean);
  const waiting = talk.outbox.map((message) => ({
    kind: "said", key: `c${message.client_id}`, from: "customer", author: "", text: message.text,
    files: message.file ? [{ name: message.file.name, size: message.file.size, own: talk.pictures.get(message.client_id) }] : [],
    at: new Date(message.at), state: message.state, reason: message.reason,
    isStuck: talk.isStuck, clientId: message.client_id,
  }));
  const items = askedOnce(asChosen([...seen, ...waiting].filter(isNews)));
  const latest = items.findLast(({ kind }) => kind === "said");
  if (latest?.buttons?.length) latest.isOpen = true; // choices can be made until something follows
  return items;
}

/** A choice travels as its value; what the person pressed was its title. */
function asChosen(items) {
  let buttons = [];
  return items.map((item) => {
    if (item.kind !== "said") return item;
    const choice = item.from === "customer" ? buttons.find(({ value }) => value === item.text) : null;
    buttons = item.buttons ?? [];
    return choice ? { ...item, text: choice.title } : item;
  });
}

/** Where the assistant itself asks whether its answer helped, that is the one question. */
function askedOnce(items) {
  return items.map((item, index) => (item.ratable && items[index + 1]?.asks ? { ...item, ratable: null } : item));
}

/** A ticket's card says already that a person will answer. */
function isNews(item, index, items) {
  const neighbours = [items[index - 1]?.kind, items[index + 1]?.kind];
  return item.speaker !== "queue" || !neighbours.includes("ticket");
}

function shown(id, data, { ratings, pictures }) {
  const at = data.at ? new Date(data.at) : null;
  const common = { key: data.client_id ? `c${data.client_id}` : `s${id}`, id, at };
  const own = pictures.get(data.client_id);
  switch (data.type) {
    case "message":
      if (data.erased) return { ...common, kind: "line", word: "erased" };
      if (data.from === "system" && data.kind !== "survey") return { ...common, kind: "line", text: data.text };
      return {
        ...common, kind: "said", from: data.from === "system" ? "bot" : data.from, author: data.author ?? "", text: data.text ?? "", rich: data.rich,
        ratable: data.kind === "answer" && data.from === "bot" ? id : null, rated: ratings.get(id),
        asks: data.kind === "question" && data.from === "bot" && Boolean(data.buttons?.length),
        files: (data.files ?? []).map((file) => (own ? { ...file, own } : file)), citations: data.citations ?? [], suggestions: data.suggestions ?? [], buttons: data.buttons ?? [],
      };
    case "speaker_changed":
      return speakerLine(common, data);
    case "ticket_opened":
      return { ...common, kind: "ticket", ticket: data.ticket };
    case "resolved":
      return { ...common, kind: "line", word: "resolved" };
    case "ticket_reopened":
      return { ...common, kind: "line", word: "ticket_reopened", values: { number: data.number } };
    default:
      return null; // an event of a later version: numbered, not shown
  }
}

function speakerLine(common, { speaker, name = "" }) {
  const word = { person: "joined", queue: "queued", bot: "assistant_back" }[speaker];
  return word ? { ...common, kind: "line", speaker, word, values: { name } } : null;
}

/** Marks the first and the last message of each run by one author. */
function grouped(items) {
  return items.map((item, index) => {
    const before = items[index - 1];
    const after = items[index + 1];
    return { ...item, isFirst: !together(before, item), isLast: !together(item, after) };
  });
}

function together(one, other) {
  if (!one || !other || one.from !== other.from || one.author !== other.author) return false;
  if (one.key === "greeting" || other.kind === "typing") return one.from === other.from;
  return one.kind === other.kind && other.at - one.at < PAUSE;
}

function withDays(items, texts) {
  const now = new Date();
  const days = [];
  let day = texts.dayOf(now, now); // a conversation of today needs no date
  for (const item of items) {
    const label = item.at ? texts.dayOf(item.at, now) : day;
    if (label !== day) days.push({ kind: "day", key: `d${label}`, text: label });
    day = label;
    days.push(item);
  }
  return days;
}
