// A list of products to an index file: read and indexed in a worker of its own, whose engine can do that; embedded by the
// embedder, with all of its workers.

import { Connection } from "./connection.js";

/**
 * @param {import("../yaksearch.js").Embedder} embedder
 * @param {Uint8Array} list
 * @param {string} name what errors call the list
 * @param {import("../yaksearch.js").BuildOptions} options
 * @returns {Promise<{ bytes: Uint8Array, skipped: string[] }>}
 */
export async function buildIndex(embedder, list, name, { onProgress, onTruncation, signal }) {
  signal?.throwIfAborted();
  const connection = new Connection(() => {});
  const stop = () => connection.close(signal?.reason);
  signal?.addEventListener("abort", stop);
  try {
    const { products, skipped, passages, questions } = await connection.call("readList", { name, list });
    const total = passages.length + questions.length;
    let done = 0;
    const cut = { texts: 0, tokens: 0, maxTokens: embedder.facts.maxTokens };
    const report = () => onProgress?.({ done, total, products });
    report();
    const embed = async (/** @type {string[]} */ texts, /** @type {import("../yaksearch.js").Role} */ role) => {
      if (texts.length === 0) return new Float32Array(0);
      const before = done;
      const onStep = (/** @type {{ done: number }} */ step) => {
        done = before + step.done;
        report();
      };
      const onCut = (/** @type {import("../yaksearch.js").Truncation} */ { texts, tokens }) => {
        cut.texts += texts;
        cut.tokens += tokens;
      };
      return embedder.embed(texts, { role, signal, onProgress: onStep, onTruncation: onCut });
    };
    const { identity, dimensions } = embedder.facts;
    const vectors = { passages: await embed(passages, "passage"), questions: await embed(questions, "query") };
    const bytes = await connection.call("indexList", { identity, dimensions, ...vectors });
    if (cut.texts > 0) onTruncation?.(cut);
    return { bytes, skipped };
  } finally {
    signal?.removeEventListener("abort", stop);
    connection.close(signal?.reason);
  }
}
