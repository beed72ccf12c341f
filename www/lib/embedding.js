// Texts on their way to vectors, slice by slice.

/** Texts in one call of the engine: between calls an embedding can be aborted and tells how far it is. */
const SLICE = 8;

/**
 * @typedef {import("../yaksearch.js").Role} Role
 * @typedef {{ texts: number, tokens: number }} Cut
 */

export class Embedding {
  #texts;
  #role;
  /** Where each slice begins. */
  starts;
  /** One after another, as far as they are there. @type {Float32Array<ArrayBuffer> | null} */
  vectors = null;
  /** How many texts have their vectors. */
  done = 0;
  /** What did not fit into the model's longest input. @type {Cut} */
  cut = { texts: 0, tokens: 0 };

  /** Of a copy of `texts`, which the caller may change meanwhile. */
  constructor(/** @type {readonly string[]} */ texts, /** @type {Role} */ role) {
    this.#texts = [...texts];
    this.#role = role;
    this.starts = Array.from({ length: Math.ceil(texts.length / SLICE) }, (_, slice) => slice * SLICE);
  }

  get total() {
    return this.#texts.length;
  }

  /** Embeds the slice that begins at `start`. */
  async step(/** @type {import("./connection.js").Connection} */ connection, /** @type {number} */ start) {
    const texts = this.#texts.slice(start, start + SLICE);
    const part = await connection.call("embed", { texts, role: this.#role });
    this.vectors ??= new Float32Array(this.total * part.dimensions);
    this.vectors.set(part.vectors, start * part.dimensions);
    this.cut.texts += part.truncatedTexts;
    this.cut.tokens += part.truncatedTokens;
    this.done += texts.length;
  }
}
