// yaksearch: sentence embeddings and search by meaning, computed in a worker of the page that imports it, or in a thread
// of Node.
//
//     import { Embedder, Index } from "yaksearch"; // or "./yaksearch.js"
//     const embedder = await Embedder.load("models/yak-e5-small-ko/");
//     const index = await Index.load("data/catalogue.index", embedder);
//     const hits = await index.search("열을 내리는 약은?", { topK: 10 });
//
// Calls are answered one after another, in the order they were made, however many are open; a long `embed` lets others in
// between its steps. There are none before the model is ready: `load` gives the object when it is, and after a crash
// calls wait for the model to be back. After `dispose` they reject. All of them are promises that reject with a
// `YaksearchError`, with the reason of an aborted `signal`, or with what a callback threw. Texts never leave the page.

/** What a text is: a question, or something that is searched. The model's prompts decide what that means to it. */
export type Role = "query" | "passage" | "raw";

/** How far a load is. The same phases come again when the model is brought back after a crash. */
export interface LoadProgress {
  /**
   * `engine`: the WebAssembly module; `download`: a file's bytes arrive; `verify`: a file is compared with the hash in
   * the manifest; `prepare`: the engine reads the files; `ready`.
   */
  phase: "engine" | "download" | "verify" | "prepare" | "ready";
  /** The file it is about; empty in `engine`, and in `prepare` and `ready` of a model. */
  file: string;
  /** Of all files together, before any compression on the way. */
  loadedBytes: number;
  /** 0 while unknown; it may grow while a model without a manifest is loaded. */
  totalBytes: number;
}

export interface LoadOptions {
  onProgress?: (progress: LoadProgress) => void;
  /** Calls the download off; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface ModelLoadOptions extends LoadOptions {
  /** Which build of the engine to run. "auto" (the default) takes the fastest that the browser knows. */
  engine?: "auto" | "relaxed" | "simd128";
  /**
   * At most so many workers for bulk work; by default one for each processor, four at most. All but the first are
   * started when `embed` gets many texts, and each holds a model of its own (some 50 MB).
   */
  workers?: number;
  /**
   * Keep the model in the browser's Cache API: the next load fetches the manifest alone, and needs no network. Files are
   * kept by their SHA-256, which is checked before they are kept and when they are read back. Where there is no room or
   * no such cache (Node, a page without https), the model is loaded all the same: `facts.cached` tells.
   */
  cache?: boolean;
}

/**
 * The files of a model by their names in its folder, as "model.safetensors" or "1_Pooling/config.json". They are copied
 * to the worker, and held for as long as the embedder may have to bring its model back after a crash.
 */
export type ModelFiles = Readonly<Record<string, ArrayBuffer | ArrayBufferView>>;

export interface CallOptions {
  /**
   * Rejects the call at once with the signal's reason. A call that still waits its turn is dropped; one under way
   * occupies the worker until its current step is done: eight texts at most, or one search.
   */
  signal?: AbortSignal;
}

export interface EmbedOptions extends CallOptions {
  role: Role;
  /** Told after every few texts. */
  onProgress?: (progress: { done: number; total: number }) => void;
  /** Told once, before the promise resolves, when texts were longer than the model can read and were cut. */
  onTruncation?: (truncation: Truncation) => void;
}

export interface Truncation {
  /** How many of the texts were cut. */
  texts: number;
  /** How many tokens were left out, of all of them. */
  tokens: number;
  /** How many tokens of a text the model reads. */
  maxTokens: number;
}

export interface RankOptions extends CallOptions {
  /** At most so many documents; all of them when absent. */
  topK?: number;
  /** Told once, before the promise resolves, when the query or documents were longer than the model can read. */
  onTruncation?: (truncation: Truncation) => void;
}

export interface SearchOptions extends CallOptions {
  /** At most so many products; ten when absent. */
  topK?: number;
  /** What hits must fulfil, beside what the question itself asks for. */
  filter?: Filter;
  /** Of products with the same ingredients, give the best alone, with the number of the others. */
  group?: boolean;
}

/** How a medicine is given. */
export type Route =
  | "oral"
  | "injection"
  | "skin"
  | "patch"
  | "eye"
  | "nose"
  | "ear"
  | "inhaled"
  | "suppository"
  | "rinse";

/** A fact about a product's ingredients. "pregnancy": none is listed as contraindicated, which does not make it safe. */
export type Fact = "notDrowsy" | "noCaffeine" | "children" | "pregnancy";

/** What hits must fulfil. A product that the facts at hand do not rule out stays in. */
export interface Filter {
  /** Names of ingredients, groups, brands or routes: what hits must not hold or be. */
  exclude?: string[];
  /** Any of these routes. */
  routes?: Route[];
  /** Over the counter (일반의약품), or with a prescription (전문의약품). */
  sale?: "otc" | "prescription";
  /** One active ingredient (단일제), or several (복합제). */
  mix?: "single" | "combination";
  /** A part of the company's name. */
  company?: string;
  /** A part of the form's name, as 시럽. */
  form?: string;
  facts?: Fact[];
  /** The id of a product: only products with the same ingredients. */
  like?: string;
}

/** How a question was understood. */
export type Note =
  /** Products that hold, or are, this were left out. */
  | { kind: "excluded"; name: string }
  /** This is no name that the index knows; nothing was left out for it. */
  | { kind: "notKnown"; name: string }
  /** Products that are known not to fulfil this were left out. */
  | { kind: "fact"; fact: Fact }
  | { kind: "routes"; routes: Route[] }
  | { kind: "sale"; sale: "otc" | "prescription" }
  | { kind: "mix"; mix: "single" | "combination" }
  /** Only products of these companies were looked at. */
  | { kind: "companies"; names: string[] };

export interface RankedDocument {
  /** The document's place in the array that was given. */
  index: number;
  /** Cosine similarity to the query. */
  score: number;
}

/** One product of a catalogue. Fields that the catalogue leaves empty are empty here. */
export interface ProductRecord {
  id: string;
  name: string;
  company: string;
  ingredients_ko: string[];
  ingredients_en: string[];
  class_code: string;
  class_name_ko: string;
  form: string;
  /** "일반의약품" (over the counter), "전문의약품" (prescription) or empty. */
  rx_otc: string;
  /** What its label says it is for, where the catalogue has it. */
  efficacy?: string;
}

/** Where something stands in a text, in Unicode characters (as `[...text]` counts them). */
export interface Span {
  start: number;
  end: number;
}

/** How a name was met: as it is written, by its beginning, by its initial consonants (초성), or misspelt. */
export type Manner = "exact" | "prefix" | "initials" | "typo";

/** Why a product was found. */
export type Reason =
  /** Its name stands in the question; `span` is the part of `record.name` that was met. */
  | { kind: "name"; manner: Manner; matched: string; span: Span; errors: number }
  /**
   * One of its ingredients stands in the question, or the group that it belongs to. `item` is the place in
   * `record.ingredients_ko`, and `span` the part of it that was met, where it is written there.
   */
  | {
      kind: "ingredient";
      manner: Manner;
      matched: string;
      item: number | null;
      span: Span | null;
      group: string | null;
      errors: number;
    }
  /** It has the active ingredients of the product `like`, which the question names; with `more`, others besides. */
  | { kind: "alike"; like: string; more: boolean }
  /** What it is for is close to the question; `question` is a known question that asks for the same, if one is close. */
  | { kind: "purpose"; purpose: string; question: string | null }
  /** What is written of it is close to the question. */
  | { kind: "meaning" };

export interface Hit {
  id: string;
  /** Falls along the ranking; above 3 where a name decided. */
  score: number;
  /** Cosine similarity of the question and the product. */
  dense: number | null;
  /** Cosine similarity of the question and the closest known question for what the product does. */
  asked: number | null;
  /** BM25 of the question's letters. */
  lexical: number;
  /** Why the product is here. */
  reason: Reason;
  /** What was asked of it that is not known. */
  unknown: Fact[];
  /** With `group`: how many other products with the same ingredients were found. */
  alike: number;
  record: ProductRecord;
}

export interface Answer {
  /** Best first. */
  hits: Hit[];
  /** Whether the best hit is close enough for a question about drugs. */
  confident: boolean;
  /** How the question was understood. */
  notes: SpokenNote[];
}

/** A catalogue as points in the plane, by class: near each other lie products of classes that mean alike. */
export interface ProductMap {
  /**
   * x and y of every product, one after another: from -1 to 1, in one scale for both. All are 0 where there is one
   * product, or all are alike.
   */
  points: Float32Array;
  /** What they are, in the same order. */
  products: MapProduct[];
}

/** What a map tells of a product. */
export type MapProduct = Pick<ProductRecord, "id" | "name" | "class_code" | "class_name_ko">;

/** A note, with a sentence that says it. */
export type SpokenNote = Note & { korean: string; english: string };

export interface Facts {
  /** SHA-256 over the model's files. Vectors of models with different identities cannot be compared. */
  readonly identity: string;
  /** Numbers in a vector. */
  readonly dimensions: number;
  /** Tokens of a text that the model reads, with the special ones. */
  readonly maxTokens: number;
  readonly layers: number;
  /** Pieces of the tokenizer. */
  readonly vocabulary: number;
  /** What computes: "dense" floating point, or the instruction set of the packed encoder. */
  readonly backend: string;
  /** Whether weights are floating-point numbers or packed integers. */
  readonly format: "dense" | "packed";
  /** What the roles put before a text. */
  readonly prompts: { readonly query: string; readonly passage: string };
  /** The build of the engine that runs. */
  readonly engine: "relaxed" | "simd128" | "dense";
  /** The cosine from which on the best hit of a search is one with confidence; null where none was measured. */
  readonly minScore: number | null;
  /** Whether all files of the model are in the browser's cache now. */
  readonly cached: boolean;
  /** The engine's version. */
  readonly version: string;
}

/** A sentence encoder in a worker of its own. */
export class Embedder {
  private constructor();

  /**
   * Loads a model from its folder's address, or from the bytes of its files: a packed model (with `manifest.json`; every
   * file is checked against its SHA-256) or a plain Hugging Face / sentence-transformers folder. In Node an address
   * may be a path.
   */
  static load(source: string | URL | ModelFiles, options?: ModelLoadOptions): Promise<Embedder>;

  /** What is known of the model. */
  readonly facts: Facts;

  /** The vectors of `texts`, one after another: `texts.length` x `facts.dimensions`, each of unit length. */
  embed(texts: readonly string[], options: EmbedOptions): Promise<Float32Array>;

  /**
   * `documents` by their nearness to `query`, best first. Each call embeds them anew: for lists that stay, keep the
   * vectors of `embed`, or make an `Index`.
   */
  rank(query: string, documents: readonly string[], options?: RankOptions): Promise<RankedDocument[]>;

  /** Ends the worker and gives its memory back. Open and later calls reject; calling it again does nothing. */
  dispose(): void;
}

export interface BuildOptions extends CallOptions {
  /** What errors call the list: its file name, say. */
  name?: string;
  /** Texts embedded so far, of how many, for how many products. */
  onProgress?: (progress: { done: number; total: number; products: number }) => void;
  /** Told once, before the promise resolves, when texts of products were longer than the model can read. */
  onTruncation?: (truncation: Truncation) => void;
}

export interface BuiltIndex {
  index: Index;
  /** The index file. */
  bytes: Uint8Array;
  /** What was wrong with each row that was left out. */
  skipped: string[];
}

/** A catalogue that was indexed with `yaksearch index`. It lives in its embedder's worker. */
export class Index {
  private constructor();

  /** Loads an index file, or takes its bytes. It is refused when another model than the embedder's made it. */
  static load(source: string | URL | ArrayBuffer | ArrayBufferView, embedder: Embedder, options?: LoadOptions): Promise<Index>;

  /**
   * Makes an index of a list of products: CSV, JSON or JSON Lines, in UTF-8 or CP949, with the columns `id` and `name`
   * and others of `ProductRecord`, or as Korean public data portals publish their lists. The list stays in the page. Rows
   * that are no products are left out, and `skipped` says why. `bytes` can be kept, and loaded again.
   *
   * It takes some 20 to 50 milliseconds for each text, with all of the embedder's workers: mind `onProgress`.
   */
  static build(list: ArrayBuffer | ArrayBufferView, embedder: Embedder, options?: BuildOptions): Promise<BuiltIndex>;

  /** How many products it holds. */
  readonly length: number;

  /** The products that answer `query`, best first: those whose names stand in it, then by meaning. */
  search(query: string, options?: SearchOptions): Promise<Hit[]>;

  /** As `search`, with what is to be known of the answer as a whole. */
  ask(query: string, options?: SearchOptions): Promise<Answer>;

  /**
   * The products as points in the plane: along the two principal axes of what tells their classes apart. Two dimensions
   * leave much out, so it is a picture: `search` knows better what is close to a question.
   */
  map(options?: CallOptions): Promise<ProductMap>;

  /** Where `query` lies on the map, as x and y; it may lie beyond all products. */
  place(query: string, options?: CallOptions): Promise<[number, number]>;

  /** Gives the index's memory back to the engine. Later searches reject. */
  dispose(): void;
}

export type ErrorCode =
  /** An argument is not what the call needs. */
  | "input"
  /** This browser cannot run the engine. */
  | "unsupported"
  /** No answer from the server. */
  | "unreachable"
  /** A file is not on the server. */
  | "not-found"
  /** The server answered with an HTML page in a file's place. */
  | "html"
  /** The server answered with another error. */
  | "http"
  /** A file has another length than it should. */
  | "truncated"
  /** A file's SHA-256 is not the one in the manifest. */
  | "hash"
  /** manifest.json is damaged or of another version. */
  | "manifest"
  /** The engine refused: a model, an index or a text that it cannot work with. */
  | "engine"
  /** The worker's scripts could not be started. */
  | "worker"
  /** The engine crashed; the next call starts a fresh one. */
  | "crashed"
  /** After a crash the address held another model than before. */
  | "changed"
  /** The embedder or index was disposed of. */
  | "disposed";

/** `message` says what is wrong, where, and what to do. */
export class YaksearchError extends Error {
  readonly code: ErrorCode;
}
