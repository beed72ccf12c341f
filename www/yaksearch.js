// yaksearch: sentence embeddings and search by meaning, computed in a worker of this page.
// The interface is described in yaksearch.d.ts.

import { buildIndex } from "./lib/build-index.js";
import { Crew } from "./lib/crew.js";
import { Embedding } from "./lib/embedding.js";
import { YaksearchError } from "./lib/errors.js";
import { host } from "./lib/host.js";
import {
  checkBytes,
  checkEngine,
  checkFiles,
  checkFilter,
  checkRole,
  checkText,
  checkTexts,
  checkTopK,
  checkWorkers,
} from "./lib/input.js";
import { Session } from "./lib/session.js";

export { YaksearchError };

/** Only this module can make these objects: they are useless before they are loaded. */
const LOADED = Symbol();

/** @type {(embedder: Embedder) => Session} */
let sessionOf;

export class Embedder {
  #session;
  #crew;

  constructor(token, session, crew) {
    if (token !== LOADED) throw new TypeError("an Embedder is made by Embedder.load(source)");
    this.#session = session;
    this.#crew = crew;
  }

  static {
    sessionOf = (embedder) => embedder.#session;
  }

  static async load(source, { onProgress, signal, engine = "auto", workers, cache = false } = {}) {
    checkEngine(engine);
    checkWorkers(workers);
    const recipe = { ...modelOf(source), build: engine, cache };
    const session = new Session({ ...recipe, onProgress });
    try {
      await session.run(async () => {}, signal);
    } catch (error) {
      session.dispose();
      throw error;
    }
    return new Embedder(LOADED, session, new Crew(session, recipe, workers));
  }

  get facts() {
    return this.#session.facts;
  }

  async embed(texts, { role, signal, onProgress, onTruncation } = {}) {
    checkTexts(texts, "texts");
    checkRole(role);
    const embedding = new Embedding(texts, role);
    const step = async (connection, start) => {
      await embedding.step(connection, start);
      if (!signal?.aborted) onProgress?.({ done: embedding.done, total: embedding.total });
    };
    await this.#crew.run(embedding.starts, step, signal);
    this.#tellCut([embedding], onTruncation);
    return embedding.vectors;
  }

  async rank(query, documents, { topK, signal, onTruncation } = {}) {
    checkText(query, "query");
    checkTexts(documents, "documents");
    checkTopK(topK);
    const question = new Embedding([query], "query");
    const passages = new Embedding(documents, "passage");
    const ranked = await this.#session.run(async (connection) => {
      for (const embedding of [question, passages]) {
        for (const start of embedding.starts) {
          signal?.throwIfAborted();
          await embedding.step(connection, start);
        }
      }
      return connection.call("rank", { query: question.vectors, documents: passages.vectors, topK });
    }, signal);
    this.#tellCut([question, passages], onTruncation);
    return ranked;
  }

  dispose() {
    this.#crew.dispose();
  }

  #tellCut(embeddings, onTruncation) {
    const texts = embeddings.reduce((sum, { cut }) => sum + cut.texts, 0);
    const tokens = embeddings.reduce((sum, { cut }) => sum + cut.tokens, 0);
    if (texts > 0) onTruncation?.({ texts, tokens, maxTokens: this.facts.maxTokens });
  }
}

export class Index {
  static #count = 0;

  #session;
  /** `{ url }` or `{ given }`. */
  #source;
  #onProgress;
  #id = Index.#count++;
  #length = 0;
  #disposed = false;
  /** The connection whose worker holds this index: after a crash it is another one. */
  #openedOn = null;

  constructor(token, session, source, onProgress) {
    if (token !== LOADED) throw new TypeError("an Index is made by Index.load(source, embedder)");
    this.#session = session;
    this.#source = source;
    this.#onProgress = onProgress;
  }

  static async load(source, embedder, { onProgress, signal } = {}) {
    checkEmbedder(embedder, "Index.load");
    const session = sessionOf(embedder);
    const index = new Index(LOADED, session, indexOf(source), onProgress);
    try {
      await session.run((connection) => index.#open(connection, signal), signal);
    } catch (error) {
      index.dispose(); // an abort may have come after the worker opened it
      throw error;
    }
    return index;
  }

  static async build(list, embedder, { name = "the list", onProgress, onTruncation, signal } = {}) {
    checkBytes(list, "the list");
    checkText(name, "name");
    checkEmbedder(embedder, "Index.build");
    const { bytes, skipped } = await buildIndex(embedder, viewOf(list), name, { onProgress, onTruncation, signal });
    return { index: await Index.load(bytes, embedder, { signal }), bytes, skipped };
  }

  get length() {
    return this.#length;
  }

  async search(query, options) {
    return (await this.ask(query, options)).hits;
  }

  async ask(query, { topK, filter, group, signal } = {}) {
    checkText(query, "query");
    checkTopK(topK);
    checkFilter(filter);
    return this.#call("search", { query, topK, filter, group }, signal);
  }

  async map({ signal } = {}) {
    return this.#call("map", {}, signal);
  }

  async place(query, { signal } = {}) {
    checkText(query, "query");
    return this.#call("place", { query }, signal);
  }

  dispose() {
    if (this.#disposed) return;
    this.#disposed = true;
    const close = async (connection) => {
      if (this.#openedOn === connection) await connection.call("closeIndex", { id: this.#id });
    };
    // After the embedder's end there is nothing left to close.
    this.#session.run(close).catch(() => {});
  }

  #call(method, args, signal) {
    return this.#session.run(async (connection) => {
      if (this.#disposed) throw new YaksearchError("disposed", "the index was disposed of; load it again to use it");
      await this.#open(connection, signal);
      return connection.call(method, { id: this.#id, ...args });
    }, signal);
  }

  async #open(connection, signal) {
    if (this.#openedOn === connection) return;
    const args = { id: this.#id, ...this.#source };
    this.#length = await connection.call("openIndex", args, { signal, onProgress: this.#onProgress });
    this.#openedOn = connection;
  }
}

function checkEmbedder(embedder, method) {
  if (embedder instanceof Embedder) return;
  throw new YaksearchError("input", `${method} needs the Embedder of the index's model as its second argument`);
}

/** A model's folder or files, as its worker takes them. */
function modelOf(source) {
  if (isAddress(source)) {
    const folder = absolute(source);
    if (!folder.pathname.endsWith("/")) folder.pathname += "/";
    return { url: folder.href };
  }
  checkFiles(source);
  return { given: Object.fromEntries(Object.entries(source).map(([name, bytes]) => [name, viewOf(bytes)])) };
}

/** An index file, as the worker takes it. */
function indexOf(source) {
  if (isAddress(source)) return { url: absolute(source).href };
  checkBytes(source, "the index");
  return { given: viewOf(source) };
}

const isAddress = (source) => typeof source === "string" || source instanceof URL;

/** `bytes` as the engine takes them; not a copy. */
const viewOf = (bytes) =>
  ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);

/** `url` as this page sees it: the worker's own address is another. */
function absolute(url) {
  try {
    return host.resolve(url);
  } catch {
    throw new YaksearchError("input", `${JSON.stringify(String(url))} is not an address; give a URL or a path`);
  }
}
