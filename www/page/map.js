// The map of the catalogue with the question and the results in it. Nothing is computed before somebody unfolds it.

import { find } from "./find.js";
import { MapView, groupOf } from "./map-view.js";
import { words } from "./words.js";

/** @typedef {import("../yaksearch.js").Index} Index */
/** @typedef {import("../yaksearch.js").ProductMap} ProductMap */
/** @typedef {import("../yaksearch.js").Hit} Hit */
/** @typedef {{ index: Index | null, query: string, hits: Hit[] }} Shown what the page shows */

const box = find("map", HTMLDetailsElement);
const canvas = find("map-canvas", HTMLCanvasElement);
const pointed = find("map-pointed");
const legend = find("map-legend", HTMLUListElement);

export class ResultMap {
  #view = new MapView(canvas);
  /** @type {Shown} */
  #shown = { index: null, query: "", hits: [] };
  /** The map that was made last, of which index. @type {{ index: Index, map: ProductMap, numbers: Map<string, number> } | null} */
  #made = null;
  /** What is drawn in it. @type {{ hits: Hit[], question: [number, number] | null }} */
  #drawn = { hits: [], question: null };
  #running = new AbortController();
  /** What the line below says while no dot is pointed at. */
  #words = () => words.map.waiting;

  constructor() {
    box.addEventListener("toggle", () => this.#update());
    for (const event of /** @type {const} */ (["pointermove", "pointerdown"])) {
      canvas.addEventListener(event, ({ offsetX, offsetY }) => this.#point({ x: offsetX, y: offsetY }));
    }
    canvas.addEventListener("pointerleave", ({ pointerType }) => {
      if (pointerType === "touch") return; // the finger that pointed is lifted
      this.#view.leave();
      this.#say();
    });
    this.translate();
  }

  /** What the page shows now. */
  show(/** @type {Shown} */ shown) {
    this.#shown = shown;
    this.#update();
  }

  /** Says everything in the page's language. */
  translate() {
    this.#say();
    this.#describe();
    this.#draw();
  }

  async #update() {
    this.#running.abort();
    if (!box.open) return;
    const { index, query, hits } = this.#shown;
    if (index === null) return;
    const running = new AbortController();
    this.#running = running;
    const { signal } = running;
    try {
      if (this.#made?.index !== index) {
        const map = await index.map({ signal });
        this.#drawn = { hits: [], question: null };
        this.#made = { index, map, numbers: new Map(map.products.map(({ id }, number) => [id, number])) };
      }
      const question = query === "" ? null : await index.place(query, { signal });
      if (signal.aborted) return;
      this.#drawn = { hits, question };
      this.#words = () => words.map.hint;
    } catch {
      if (signal.aborted) return;
      // The search that failed alike has told why.
      this.#made = null;
      this.#words = () => words.map.failed;
    }
    this.translate();
  }

  #draw() {
    if (this.#made === null) return this.#view.show(null);
    const { map, numbers } = this.#made;
    const { hits, question } = this.#drawn;
    const marked = hits.flatMap(({ id }) => numbers.get(id) ?? []);
    this.#view.show({ map, hits: marked, question, label: words.map.question });
  }

  #describe() {
    const products = this.#made?.map.products ?? [];
    canvas.hidden = this.#made === null;
    canvas.ariaLabel = words.map.described(products.length.toLocaleString("ko"), this.#drawn.hits.length);
    const groups = [...new Set(products.map(({ class_code }) => groupOf(class_code)))].sort((a, b) => (a || 9) - (b || 9));
    legend.replaceChildren(
      ...groups.map((group) => {
        const item = document.createElement("li");
        item.className = `group-${group}`;
        item.textContent = words.map.groups[/** @type {keyof typeof words.map.groups} */ (group)];
        return item;
      }),
    );
  }

  /** Says which product this is. */
  #point(/** @type {{ x: number, y: number }} */ at) {
    const number = this.#view.pointAt(at);
    if (number === null || this.#made === null) return this.#say();
    const { id, name, class_name_ko } = this.#made.map.products[number];
    const rank = this.#drawn.hits.findIndex((hit) => hit.id === id);
    pointed.lang = "ko";
    pointed.textContent = [rank === -1 ? name : `${rank + 1}. ${name}`, class_name_ko].filter((text) => text !== "").join(" · ");
  }

  #say() {
    pointed.removeAttribute("lang");
    pointed.textContent = this.#words();
  }
}
