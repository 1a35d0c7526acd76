// Files that wait to be sent with the next message, each with what can be seen of it.

const FILE_LIMIT = 10 * 1024 * 1024;
const MOST_FILES = 5;
const THUMB = 48;

export class Tray {
  #texts;
  #changed;
  #files = new Map(); // file -> its chip

  /** `changed()` is called whenever something was added or removed. */
  constructor(texts, changed) {
    this.#texts = texts;
    this.#changed = changed;
    this.list = h("ul", { class: "tray", "aria-label": texts.say("attached") });
    this.limits = texts.say("file_limits", { count: MOST_FILES, size: texts.size(FILE_LIMIT) });
    this.problem = h("p", { class: "error", role: "alert" });
    this.node = h("div", { class: "files", hidden: true }, this.list, this.problem);
  }

  get isEmpty() { return this.#files.size === 0; }

  add(files) {
    this.problem.textContent = "";
    for (const file of files) {
      if (file.size > FILE_LIMIT || file.size === 0) this.problem.textContent = this.#texts.say("failed_large");
      else if (this.#files.size < MOST_FILES) this.#show(file);
      else this.problem.textContent = this.limits;
    }
    this.#update();
  }

  /** Everything in it, which is then empty. */
  take() {
    const files = [...this.#files.keys()];
    this.#files.clear();
    this.list.replaceChildren();
    this.problem.textContent = "";
    this.#update();
    return files;
  }

  #show(file) {
    const picture = h("span", { class: "thumb" }, icon("page"));
    const label = this.#texts.say("remove_file", { name: file.name });
    const remove = h("button", { class: "icon-button", type: "button", "aria-label": label, title: label, onclick: () => this.#remove(file) }, icon("close"));
    const chip = h("li", {}, picture, h("span", { class: "named" }, h("bdi", {}, file.name), h("small", {}, this.#texts.size(file.size))), remove);
    this.#files.set(file, chip);
    this.list.append(chip);
    if (file.type.startsWith("image/")) preview(file).then((canvas) => picture.replaceChildren(canvas), () => {});
  }

  #remove(file) {
    this.#files.get(file).remove();
    this.#files.delete(file);
    this.#update();
  }

  #update() {
    this.node.hidden = this.isEmpty && !this.problem.textContent;
    this.#changed();
  }
}

/** Drawn, never loaded by an address: that works under every policy of the page. */
export async function preview(file) {
  const image = await createImageBitmap(file);
  const canvas = h("canvas", { width: THUMB * 2, height: THUMB * 2 });
  const scale = Math.max(canvas.width / image.width, canvas.height / image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  canvas.getContext("2d").drawImage(image, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
  image.close();
  return canvas;
}
