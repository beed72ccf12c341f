// "Bring your own list": a file is read, indexed and kept in this browser, and can be searched in place of the built-in list.

import { Index } from "../yaksearch.js";
import { messageOf, remedyOf } from "./failure.js";
import { find } from "./find.js";
import { forgetList, keepList, keptList } from "./store.js";
import { TimeLeft } from "./time-left.js";
import { words } from "./words.js";

/** @typedef {import("../yaksearch.js").Embedder} Embedder */

/** Rows that could not be read and are shown; the rest is counted. */
const SHOWN_ROWS = 5;

const section = find("own", HTMLDetailsElement);
const name = find("own-name");
const file = find("own-file", HTMLInputElement);
const cancel = find("own-cancel", HTMLButtonElement);
const change = find("own-switch", HTMLButtonElement);
const remove = find("own-delete", HTMLButtonElement);
const working = find("own-working");
const bar = find("own-bar", HTMLProgressElement);
const left = find("own-left");
const status = find("own-status");
const details = find("own-details", HTMLUListElement);

export class OwnLists {
  /** @type {Embedder | null} */
  #embedder = null;
  /** Brought before there was a model. @type {File | null} */
  #early = null;
  /** @type {{ name: string, index: Index } | null} */
  #own = null;
  #use;
  #inUse = false;
  #busy = false;
  /** What the status says, in whichever language. */
  #words = () => "";

  /** `use` is told which index to search: the own one, or null for the built-in one. */
  constructor(/** @type {(index: Index | null) => void} */ use) {
    this.#use = use;
    file.addEventListener("change", () => this.#take(file.files?.[0]));
    change.addEventListener("click", () => this.#search(!this.#inUse));
    remove.addEventListener("click", () => this.#delete());
    listenToDrops((dropped) => this.#take(dropped));
    this.translate();
  }

  /** From here on there is a model; a list that was kept is searched again. */
  async start(/** @type {Embedder} */ embedder) {
    this.#embedder = embedder;
    const kept = await keptList();
    if (kept !== null) {
      try {
        this.#show(kept.name, await Index.load(kept.index, embedder));
        this.#sayReady(words.own.ready, kept.name);
      } catch {
        // Another model than the one that made the index: the list itself is here, too.
        this.#build(kept.name, async () => kept.list);
      }
    }
    const early = this.#early;
    if (early !== null) this.#build(early.name, () => early.arrayBuffer());
  }

  /** Says everything in the page's language again. */
  translate() {
    change.textContent = this.#inUse ? words.own.useBuiltIn : words.own.useOwn;
    status.textContent = this.#words();
  }

  #take(/** @type {File | undefined} */ taken) {
    if (taken === undefined || this.#busy) return;
    section.open = true;
    if (this.#embedder === null) {
      this.#early = taken;
      this.#say(() => words.own.early(taken.name));
    } else {
      this.#build(taken.name, () => taken.arrayBuffer());
    }
    file.value = ""; // the same file can be chosen again
  }

  async #build(/** @type {string} */ listName, /** @type {() => Promise<ArrayBuffer>} */ read) {
    const controller = new AbortController();
    cancel.onclick = () => controller.abort();
    this.#work(true);
    this.#say(() => words.own.reading);
    left.textContent = "";
    bar.removeAttribute("value");
    showDetails([]);
    const timeLeft = new TimeLeft();
    try {
      const list = await read();
      const { index, bytes, skipped } = await Index.build(list, /** @type {Embedder} */ (this.#embedder), {
        name: listName,
        signal: controller.signal,
        onProgress: ({ done, total, products }) => {
          // Said once: screen readers would read every step.
          if (done === 0) this.#say(() => words.own.indexing(countOf(products)));
          bar.value = done / total;
          left.textContent = stepOf(done / total, timeLeft.after(done, total, performance.now()));
        },
      });
      this.#show(listName, index);
      showDetails(skipped);
      const kept = await keepList({ name: listName, list, index: bytes }).then(
        () => true,
        () => false,
      );
      this.#sayReady(kept ? words.own.ready : words.own.notKept, listName);
    } catch (error) {
      if (controller.signal.aborted) this.#say(() => words.own.cancelled);
      else this.#sayWhy(error);
    } finally {
      this.#work(false);
    }
  }

  #work(/** @type {boolean} */ busy) {
    this.#busy = file.disabled = busy;
    working.hidden = cancel.hidden = !busy;
  }

  #say(/** @type {() => string} */ text) {
    this.#words = text;
    status.textContent = text();
  }

  #sayReady(/** @type {typeof words.own.ready} */ text, /** @type {string} */ listName) {
    const products = countOf(this.#own?.index.length ?? 0);
    this.#say(() => text(listName, products));
  }

  #sayWhy(/** @type {unknown} */ error) {
    this.#say(() => {
      const known = remedyOf(error);
      return known === undefined ? words.own.failed : `${known.title}. ${known.remedy}`;
    });
    showDetails([messageOf(error)]);
  }

  #show(/** @type {string} */ listName, /** @type {Index} */ index) {
    const last = this.#own;
    this.#own = { name: listName, index };
    change.hidden = remove.hidden = false;
    this.#search(true);
    last?.index.dispose();
  }

  /** Searches the own list, or the built-in one. */
  #search(/** @type {boolean} */ own) {
    const searched = own ? this.#own : null;
    this.#inUse = searched !== null;
    name.textContent = searched?.name ?? "";
    change.textContent = this.#inUse ? words.own.useBuiltIn : words.own.useOwn;
    this.#use(searched?.index ?? null);
  }

  async #delete() {
    const forgotten = await forgetList().then(
      () => true,
      () => false,
    );
    const last = this.#own;
    this.#own = null;
    this.#search(false);
    last?.index.dispose();
    change.hidden = remove.hidden = true;
    showDetails([]);
    this.#say(() => (forgotten ? words.own.deleted : words.own.notDeleted));
  }
}

/** Calls `take` with a file that is dropped anywhere on the page. */
function listenToDrops(/** @type {(file: File) => void} */ take) {
  const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  const mark = (/** @type {boolean} */ over) => document.body.classList.toggle("dropping", over);
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault(); // else the browser opens the file in place of the page
    section.open = true;
    mark(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget === null && mark(false));
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(false);
    take(/** @type {DataTransfer} */ (event.dataTransfer).files[0]);
  });
}

const countOf = (/** @type {number} */ products) => products.toLocaleString("ko");

/** "42% · 약 2분 남음" */
function stepOf(/** @type {number} */ part, /** @type {number | null} */ seconds) {
  const percent = `${Math.floor(100 * part)}%`;
  return seconds === null ? percent : `${percent} · ${words.timeLeft(seconds)}`;
}

/** Lists what was wrong: rows of a file, or the file. */
function showDetails(/** @type {string[]} */ lines) {
  const rest = lines.length - SHOWN_ROWS;
  const shown = rest > 0 ? [...lines.slice(0, SHOWN_ROWS), words.own.more(rest)] : lines;
  details.hidden = shown.length === 0;
  details.replaceChildren(
    ...shown.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    }),
  );
}
