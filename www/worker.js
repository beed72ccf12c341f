// The worker: one engine, one model, any number of indexes; or one list that becomes an index. It answers calls one
// after another, in the order they come.

import { ModelCache } from "./lib/cache.js";
import { open, plainLength, readWhole } from "./lib/download.js";
import { startEngine } from "./lib/engine.js";
import { isTrap, pack } from "./lib/errors.js";
import { fetchManifest, fetchModel } from "./lib/model.js";
import { bytesSource, folderSource } from "./lib/source.js";

/** @typedef {{ signal: AbortSignal, report: (progress: object) => void }} Context */

let engine;
let build;
let embedder;
let draft;
const indexes = new Map();

const methods = {
  /** Starts the engine and loads the model in the folder `url`, or of the bytes `given`. */
  async load({ url, given, build: wanted, cache: wantsCache }, { signal, report }) {
    const whole = { loadedBytes: 0, totalBytes: 0 };
    report({ phase: "engine", file: "", ...whole });
    const source = given === undefined ? folderSource(url) : bytesSource(given);
    const cache = wantsCache && source.cacheable ? await ModelCache.open() : null;
    const manifest = await fetchManifest(source, cache, signal);
    const started = startEngine(wanted, { packed: manifest !== null, signal });
    const files = started.then(({ module }) => new module.ModelFiles(source.name));
    files.catch(() => {}); // whoever waits for it is told
    await fetchModel(source, manifest, {
      files,
      cache,
      signal,
      report: (progress) => {
        Object.assign(whole, { loadedBytes: progress.loadedBytes, totalBytes: progress.totalBytes });
        report(progress);
      },
    });
    report({ phase: "prepare", file: "", ...whole });
    ({ module: engine, build } = await started);
    embedder = engine.Embedder.load(await files);
    const cached = manifest !== null && cache !== null && cache.complete;
    const facts = { ...embedder.facts(), engine: build, version: engine.version(), cached };
    report({ phase: "ready", file: "", ...whole });
    return { value: facts };
  },

  embed({ texts, role }) {
    const { vectors, dimensions, truncatedTexts, truncatedTokens } = embedder.embed(texts, role);
    return { value: { vectors, dimensions, truncatedTexts, truncatedTokens }, transfer: [vectors.buffer] };
  },

  /** Ranks vectors that `embed` made. */
  rank({ query, documents, topK }) {
    return { value: engine.rank(query, documents, topK) };
  },

  /** Starts the engine that reads lists, and reads one: how many products, which rows were skipped, texts to embed. */
  async readList({ name, list }, { signal }) {
    ({ module: engine, build } = await startEngine("auto", { packed: false, signal }));
    draft = engine.IndexDraft.read(name, list);
    return { value: draft.texts() };
  },

  /** The index file of the list that was read, from the vectors of its texts. */
  indexList({ identity, dimensions, passages, questions }) {
    const bytes = draft.finish(identity, dimensions, passages, questions);
    return { value: bytes, transfer: [bytes.buffer] };
  },

  /** Opens the index file at `url`, or of the bytes `given`. */
  async openIndex({ id, url, given }, { signal, report }) {
    const file = given === undefined ? new URL(url).pathname.split("/").pop() || url : "";
    const bytes = given ?? (await fetchIndex(url, file, signal, report));
    const loadedBytes = bytes.length;
    report({ phase: "prepare", file, loadedBytes, totalBytes: loadedBytes });
    const index = engine.Index.open(bytes, embedder);
    indexes.set(id, index);
    report({ phase: "ready", file, loadedBytes, totalBytes: loadedBytes });
    return { value: index.length };
  },

  search({ id, query, topK, filter, group }) {
    return { value: indexes.get(id).search(embedder, query, topK, filter, group === true) };
  },

  map({ id }) {
    const map = indexes.get(id).map();
    return { value: map, transfer: [map.points.buffer] };
  },

  place({ id, query }) {
    return { value: indexes.get(id).place(embedder, query) };
  },

  closeIndex({ id }) {
    indexes.get(id)?.free();
    indexes.delete(id);
    return {};
  },
};

async function fetchIndex(url, file, signal, report) {
  const response = await open(new URL(url), { name: file, signal });
  const totalBytes = plainLength(response) ?? 0;
  let loadedBytes = 0;
  return readWhole(response, { name: file, signal }, (more) => {
    loadedBytes += more;
    report({ phase: "download", file, loadedBytes, totalBytes: Math.max(totalBytes, loadedBytes) });
  });
}

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

postMessage({ started: true });
