// Building nodes. Text only ever enters as text: there is no innerHTML anywhere in the widget.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  chat: "M3 4.75h14v9.5H9.5L6 17.25v-3H3z",
  close: "M5 5l10 10M15 5L5 15",
  down: "M5 8l5 5 5-5",
  send: "M10 16V4M5 9l5-5 5 5",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  page: "M5 2.75h6.5L15 6.25v11H5zM11.25 2.75v3.75H15M7.5 10h5M7.5 13h5",
  back: "M12 4.5L6.5 10l5.5 5.5",
  away: "M8 4.75H4.75v10.5h10.5V12M11.25 4.75h4v4M15 5l-6 6",
  person: "M10 10a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5zM3.75 17c.6-3.2 3-4.75 6.25-4.75s5.65 1.55 6.25 4.75",
  ticket: "M3 5.75h14v3a1.75 1.75 0 0 0 0 3v2.5H3v-2.5a1.75 1.75 0 0 0 0-3zM12 8.5v3",
  clip: "M15.5 9.5l-5.6 5.6a3.4 3.4 0 0 1-4.8-4.8l6-6a2.25 2.25 0 0 1 3.2 3.2l-6 6a1.1 1.1 0 0 1-1.6-1.6l5.2-5.2",
  fresh: "M10 4v12M4 10h12",
};

/** An element with properties (`on…` are listeners, `aria-…`, `role` and such are attributes). */
export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && !name.startsWith("aria")) node[name] = value;
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  svg.classList.add("icon", `icon-${name}`);
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Text with its web addresses as links; anything but http(s) stays text. */
export function linked(text) {
  const parts = text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/g);
  return parts.map((part, index) => (index % 2 ? away(part, part) : part));
}

/** Words with their form, as `core.rich.as_json` tells it, each as text in an element that we choose. */
export function formed(blocks) {
  return blocks.map(({ p, pre, q, li, start }) => {
    if (p) return h("p", { dir: "auto" }, p.map(run));
    if (q) return sided(h("blockquote", {}, formed(q)));
    if (li) return h(start === undefined ? "ul" : "ol", start === undefined ? {} : { start }, li.map((item) => sided(h("li", {}, formed(item)))));
    return h("pre", { dir: "ltr", tabIndex: 0 }, pre);
  });
}

// A browser's own "auto" does not look into elements that have a direction: of a box of paragraphs the first letter tells it.
const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
function sided(box) {
  const first = /\p{L}/u.exec(box.textContent)?.[0];
  box.dir = !first ? "auto" : FROM_THE_RIGHT.test(first) ? "rtl" : "ltr";
  return box;
}

function run({ t, b, i, c, a }) {
  const marked = [[c, "code"], [i, "em"], [b, "strong"]].reduce((node, [is, tag]) => (is ? h(tag, {}, node) : node), t);
  if (!a) return marked;
  return a.startsWith("mailto:") ? h("a", { href: a }, marked) : away(a, marked);
}

/** A link that opens elsewhere, or plain text where the address is none we open. */
export function away(address, ...content) {
  const href = safeAddress(address);
  return href
    ? h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...content)
    : h("span", {}, ...content);
}

/** Gives a file to the person, as their browser keeps files. */
export function saved(blob, name) {
  const href = URL.createObjectURL(blob);
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** The http(s) address, absolute, or null. */
export function safeAddress(address, base = location.href) {
  try {
    const url = new URL(address, base);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
