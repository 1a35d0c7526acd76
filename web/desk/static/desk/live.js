// What happens elsewhere: the staff event stream. It carries no words, only that something changed and where;
// the page then asks for its fragments again.

const QUIET_MS = 150;
const OFFLINE_MS = 3000;

export function follow(stream, { onTicket, onQueue, onLine, onColleague }) {
  const due = { ticket: 0, queue: 0 };
  const soon = (what, act) => {
    if (due[what]) return;
    due[what] = setTimeout(() => { due[what] = 0; act(); }, QUIET_MS);
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
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(stream, { onTicket, onQueue, onLine, onColleague }), OFFLINE_MS);
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
