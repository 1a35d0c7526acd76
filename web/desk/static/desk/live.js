// What happens elsewhere: the staff event stream. It carries no words, only that something changed and where;
// the page then asks for its fragments again.

// How long is waited for what belongs together. Somebody reads the open ticket; the list may be a little late.
const QUIET_MS = { ticket: 50, queue: 150 };
// While things keep happening the page asks less and less often: a flood must not become one of questions.
const BUSY_MS = 1000;
const OFFLINE_MS = 3000;

export function follow(stream, { onTicket, onQueue, onLine, onColleague }) {
  const due = { ticket: 0, queue: 0 };
  const pause = { ...QUIET_MS };
  const asked = { ticket: -Infinity, queue: -Infinity };
  const soon = (what, act) => {
    if (due[what]) return;
    const goesOn = performance.now() - asked[what] < pause[what];
    pause[what] = goesOn ? Math.min(BUSY_MS, pause[what] * 2) : QUIET_MS[what];
    due[what] = setTimeout(() => { due[what] = 0; asked[what] = performance.now(); act(); }, pause[what]);
  };
  let offline = 0;
  const source = new EventSource(stream);
  source.onopen = () => {
    clearTimeout(offline);
    offline = 0;
    onLine(true);
    soon("queue", onQueue);
    soon("ticket", onTicket);
  };
  source.onerror = () => {
    offline ||= setTimeout(() => onLine(false), OFFLINE_MS);
    if (source.readyState !== EventSource.CLOSED) return;
    // Refused. Whoever is signed in no more learns it from the list, which leads to the sign-in; it is not due for a minute.
    soon("queue", onQueue);
    setTimeout(() => follow(stream, { onTicket, onQueue, onLine, onColleague }), OFFLINE_MS);
  };
  source.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (event.type === "colleague") {
      onColleague(event);
      return;
    }
    const open = document.getElementById("pane")?.dataset.conversation;
    if (event.type === "behind" || event.conversation === open) soon("ticket", onTicket);
    soon("queue", onQueue);
  };
}
