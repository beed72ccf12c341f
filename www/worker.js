// The worker: one engine, one model, any number of indexes. It answers calls one after another, in the order they come.

import { open, plainLength, readWhole } from "./lib/download.js";
import { startEngine } from "./lib/engine.js";
import { isTrap, pack } from "./lib/errors.js";
import { fetchManifest, fetchModel } from "./lib/model.js";

/** @typedef {{ signal: AbortSignal, report: (progress: object) => void }} Context */

let engine;
let build;
let embedder;
const indexes = new Map();

const methods = {
  /** Starts the engine and loads the model at `url`. */
  async load({ url, build: wanted }, { signal, report }) {
    const whole = { loadedBytes: 0, totalBytes: 0 };
    report({ phase: "engine", file: "yaksearch_bg.wasm", ...whole });
    const folder = new URL(url);
    const manifest = await fetchManifest(folder, signal);
    ({ module: engine, build } = await startEngine(wanted, { packed: manifest !== null, signal }));
    const files = new engine.ModelFiles(url);
    await fetchModel(folder, manifest, {
      files,
      signal,
      report: (progress) => {
        Object.assign(whole, { loadedBytes: progress.loadedBytes, totalBytes: progress.totalBytes });
        report(progress);
      },
    });
    report({ phase: "prepare", file: "", ...whole });
    embedder = engine.Embedder.load(files);
    const facts = { ...embedder.facts(), engine: build, version: engine.version() };
    report({ phase: "ready", file: "", ...whole });
    return { value: facts };
  },

  embed({ texts, role }) {
    const { vectors, dimensions, truncatedTexts, truncatedTokens } = embedder.embed(texts, role);
    return { value: { vectors, dimensions, truncatedTexts, truncatedTokens }, transfer: [vectors.buffer] };
  },

  rank({ query, documents, topK }) {
    return { value: embedder.rank(query, documents, topK) };
  },

  async openIndex({ id, url }, { signal, report }) {
    const file = new URL(url).pathname.split("/").pop() || url;
    const response = await open(new URL(url), { name: file, signal });
    const totalBytes = plainLength(response) ?? 0;
    let loadedBytes = 0;
    const bytes = await readWhole(response, { name: file, signal }, (more) => {
      loadedBytes += more;
      report({ phase: "download", file, loadedBytes, totalBytes: Math.max(totalBytes, loadedBytes) });
    });
    report({ phase: "prepare", file, loadedBytes, totalBytes: loadedBytes });
    const index = engine.Index.open(bytes, embedder);
    indexes.set(id, index);
    report({ phase: "ready", file, loadedBytes, totalBytes: loadedBytes });
    return { value: index.length };
  },

  search({ id, query, topK, filter, group }) {
    return { value: indexes.get(id).search(embedder, query, topK, filter, group === true) };
  },

  closeIndex({ id }) {
    indexes.get(id)?.free();
    indexes.delete(id);
    return {};
  },
};

/** The signals of the calls under way, by the call's number. */
const running = new Map();
/** Settles when the last call has been answered. */
let last = Promise.resolve();

async function answer({ call, method, args }) {
  const { signal } = running.get(call);
  try {
    signal.throwIfAborted();
    const report = (progress) => postMessage({ call, progress });
    const { value, transfer = [] } = await methods[method](args, { signal, report });
    postMessage({ call, value }, transfer);
  } catch (error) {
    if (isTrap(error)) postMessage({ trap: error.message });
    else postMessage({ call, error: pack(error) });
  } finally {
    running.delete(call);
  }
}

addEventListener("message", ({ data }) => {
  if (data.abort !== undefined) {
    running.get(data.abort)?.abort();
    return;
  }
  running.set(data.call, new AbortController());
  last = last.then(() => answer(data));
});
