// How tall the frame of a mail's own form must be. It has no origin and runs nothing, so it tells nobody: the words of the mail are laid out
// once out of sight, in elements of ours without a single attribute of the mail's, and that is measured.

const PLAIN = new Set(["P", "DIV", "BR", "HR", "UL", "OL", "LI", "DL", "DT", "DD", "BLOCKQUOTE", "PRE", "H1", "H2", "H3", "H4", "H5", "H6",
  "TABLE", "TBODY", "THEAD", "TFOOT", "TR", "TD", "TH", "CAPTION", "B", "STRONG", "SMALL", "SUB", "SUP", "CODE", "CENTER"]);
const LEAST = 48;

export async function fit(frame, address) {
  frame.style.blockSize = "";
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok || !frame.isConnected) return;
  // The style is ours and stands in the head; taken for a page's own it would be refused, even where nothing is shown.
  const [head, words] = (await answer.text()).split("</head>");
  const mail = new DOMParser().parseFromString(words ?? "", "text/html");
  // Pictures are as tall as they are once they have come: the frame keeps its height for them.
  if (mail.querySelector("img[src]")) return;
  const place = document.createElement("div");
  place.className = "frame-measure";
  const root = place.attachShadow({ mode: "open" });
  const look = new CSSStyleSheet();
  look.replaceSync(`${/<style>(.*)<\/style>/s.exec(head)?.[1] ?? ""} :host{all:initial;display:flow-root}`);
  root.adoptedStyleSheets = [look];
  // The style names `body`; a shadow may hold one that is made like any other element.
  const page = root.appendChild(document.createElement("body"));
  copy(mail.body, page);
  frame.parentElement.append(place);
  const border = frame.offsetHeight - frame.clientHeight;
  const height = Math.ceil(place.getBoundingClientRect().height) + border;
  const most = frame.offsetHeight;
  place.remove();
  frame.style.blockSize = `${Math.min(most, Math.max(LEAST, height))}px`;
}

function copy(from, into) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) into.append(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    if (node.tagName === "IMG") into.append("\u00a0");
    const made = document.createElement(PLAIN.has(node.tagName) ? node.tagName : "span");
    copy(node, made);
    into.append(made);
  }
}
