// "Bring your own list": a file is read, indexed and kept in this browser, and can be searched in place of the built-in list.

import { Index } from "../yaksearch.js";
import { find } from "./find.js";
import { forgetList, keepList, keptList } from "./store.js";
import { words } from "./words.js";

/** @typedef {import("../yaksearch.js").Embedder} Embedder */

/** Rows that could not be read and are shown; the rest is counted. */
const SHOWN_SKIPPED = 5;

const section = find("own", HTMLDetailsElement);
const name = find("own-name");
const file = find("own-file", HTMLInputElement);
const cancel = find("own-cancel", HTMLButtonElement);
const change = find("own-switch", HTMLButtonElement);
const remove = find("own-delete", HTMLButtonElement);
const working = find("own-working");
const bar = find("own-bar", HTMLProgressElement);
const status = find("own-status");
const skippedList = find("own-skipped", HTMLUListElement);

export class OwnLists {
  /** @type {Embedder | null} */
  #embedder = null;
  /** @type {{ name: string, index: Index } | null} */
  #own = null;
  #use;
  #inUse = false;

  /** `use` is told which index to search: the own one, or null for the built-in one. */
  constructor(/** @type {(index: Index | null) => void} */ use) {
    this.#use = use;
    file.addEventListener("change", () => this.#take(file.files?.[0]));
    change.addEventListener("click", () => this.#search(!this.#inUse));
    remove.addEventListener("click", () => this.#delete());
    document.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault(); // else the browser opens the file in place of the page
      section.open = true;
    });
    document.addEventListener("drop", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.#take(event.dataTransfer.files[0]);
    });
  }

  /** From here on there is a model; a list that was kept is searched again. */
  async start(/** @type {Embedder} */ embedder) {
    this.#embedder = embedder;
    const kept = await keptList();
    if (kept === null) return;
    try {
      await this.#show(kept.name, await Index.load(kept.index, embedder));
      status.textContent = words.own.ready(kept.name, countOf(this.#own?.index));
    } catch {
      // Another model than the one that made the index: the list itself is here, too.
      await this.#build(kept.name, kept.list);
    }
  }

  /** Says what it says in the page's language again. */
  translate() {
    change.textContent = this.#inUse ? words.own.useBuiltIn : words.own.useOwn;
    if (this.#own !== null && working.hidden) {
      status.textContent = words.own.ready(this.#own.name, countOf(this.#own.index));
    }
  }

  async #take(/** @type {File | undefined} */ taken) {
    if (taken === undefined) return;
    section.open = true;
    await this.#build(taken.name, await taken.arrayBuffer());
    file.value = ""; // the same file can be chosen again
  }

  async #build(/** @type {string} */ listName, /** @type {ArrayBuffer} */ list) {
    if (this.#embedder === null || !working.hidden) {
      status.textContent = words.own.early;
      return;
    }
    const controller = new AbortController();
    cancel.onclick = () => controller.abort();
    working.hidden = cancel.hidden = false;
    status.textContent = words.own.reading;
    bar.removeAttribute("value");
    skippedList.replaceChildren();
    try {
      const { index, bytes, skipped } = await Index.build(list, this.#embedder, {
        name: listName,
        signal: controller.signal,
        onProgress: ({ done, total, products }) => {
          bar.value = done / total;
          status.textContent = words.own.indexing(products, Math.floor((100 * done) / total));
        },
      });
      await this.#show(listName, index);
      showSkipped(skipped);
      const count = countOf(index);
      status.textContent = await keepList({ name: listName, list, index: bytes }).then(
        () => words.own.ready(listName, count),
        () => words.own.notKept(listName, count),
      );
    } catch (error) {
      status.textContent = controller.signal.aborted
        ? words.own.cancelled
        : words.own.failed(error instanceof Error ? error.message : String(error));
    } finally {
      working.hidden = cancel.hidden = true;
    }
  }

  async #show(/** @type {string} */ listName, /** @type {Index} */ index) {
    this.#own?.index.dispose();
    this.#own = { name: listName, index };
    change.hidden = remove.hidden = false;
    this.#search(true);
  }

  /** Searches the own list, or the built-in one. */
  #search(/** @type {boolean} */ own) {
    this.#inUse = own && this.#own !== null;
    const searched = this.#inUse ? this.#own : null;
    name.textContent = searched === null ? "" : `(${searched.name})`;
    change.textContent = this.#inUse ? words.own.useBuiltIn : words.own.useOwn;
    this.#use(searched?.index ?? null);
  }

  async #delete() {
    await forgetList().catch(() => {}); // what cannot be opened keeps nothing
    this.#search(false);
    this.#own?.index.dispose();
    this.#own = null;
    change.hidden = remove.hidden = true;
    skippedList.replaceChildren();
    status.textContent = words.own.deleted;
  }
}

const countOf = (/** @type {Index | undefined} */ index) => (index?.length ?? 0).toLocaleString("ko");

function showSkipped(/** @type {string[]} */ skipped) {
  const rest = skipped.length - SHOWN_SKIPPED;
  const lines = [...skipped.slice(0, SHOWN_SKIPPED), ...(rest > 0 ? [words.own.skipped(rest)] : [])];
  skippedList.replaceChildren(
    ...lines.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    }),
  );
}
