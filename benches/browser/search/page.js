// Measures searching as a page does it: through the module, whose work is done in a worker. The driver calls these
// functions one at a time.

import { Embedder, Index } from "/site/yaksearch.js";

const OPTIONS = { topK: 20, group: true };
/** Between two keys of somebody who types fast. */
const KEY_MS = 60;

let index;
let worker;

globalThis.bench = {
  async load({ model, file }) {
    const embedder = await Embedder.load(model, { workers: 1 });
    index = await Index.load(file, embedder);
    await index.ask("열", OPTIONS); // what is done once, is done
    return { products: index.length, build: embedder.facts.engine };
  },

  /** Milliseconds from a key to its answer, for each of `texts`, one after the other. */
  async keys(texts) {
    const samples = [];
    for (const text of texts) {
      const start = performance.now();
      await index.ask(text, OPTIONS);
      samples.push(performance.now() - start);
    }
    return samples;
  },

  /**
   * Types `texts` without waiting for answers; each key calls off the search of the one before. How long the page's
   * thread was late for a key at most, how many keys were answered, and how long the last answer took.
   */
  async typing(texts) {
    let held = 0;
    let answered = 0;
    let last = 0;
    let before = new AbortController();
    const answers = [];
    const start = performance.now();
    for (const [number, text] of texts.entries()) {
      const due = start + number * KEY_MS;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      held = Math.max(held, performance.now() - due);
      before.abort();
      before = new AbortController();
      const asked = performance.now();
      const done = () => {
        answered++;
        last = performance.now() - asked;
      };
      answers.push(index.ask(text, { ...OPTIONS, signal: before.signal }).then(done, () => {}));
    }
    await Promise.all(answers);
    return { held, answered, last };
  },

  /** The same without the module: what each part takes, inside a worker. */
  parts(given) {
    worker ??= new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    worker.postMessage(given);
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
  },
};
