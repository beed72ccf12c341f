// A model's files, streamed from their source into the engine's memory.
//
// Each file is reserved once at its full length and filled as its bytes arrive, so no whole file is ever held in
// JavaScript. The browser hashes it there, many times faster than JavaScript can; where a page may not ask it to (without
// https), the hash is taken on the way.

import { plainLength, read, readWhole } from "./download.js";
import { YaksearchError, isTrap } from "./errors.js";
import { MANIFEST, isInside, parseManifest } from "./manifest.js";
import { Sha256, hexOf } from "./sha256.js";
import { together } from "./together.js";

/**
 * @typedef {import("./source.js").Source} Source
 * @typedef {import("./cache.js").ModelCache} ModelCache
 * @typedef {object} Files the engine's memory for them
 * @property {(name: string, bytes: number) => void} reserve
 * @property {(name: string, piece: Uint8Array) => void} append
 * @property {(name: string) => Uint8Array<ArrayBuffer>} view what is there so far, to be used at once
 * @typedef {{ phase: "download" | "verify", file: string, loadedBytes: number, totalBytes: number }} Progress
 * @typedef {object} Target
 * @property {Promise<Files>} files there once the engine has started; the files are asked for meanwhile
 * @property {ModelCache | null} cache
 * @property {AbortSignal} signal
 * @property {(progress: Progress) => void} report
 */

/**
 * The manifest of a model; null for one that is not packed. Without a network it is the one that `cache` keeps.
 *
 * @param {Source} source
 * @param {ModelCache | null} cache
 * @param {AbortSignal} signal
 */
export async function fetchManifest(source, cache, signal) {
  try {
    const response = await source.open(MANIFEST, { signal, optional: true });
    return response && (await readWhole(response, { name: MANIFEST, signal }));
  } catch (error) {
    const kept = error instanceof YaksearchError && error.code === "unreachable" && (await cache?.manifest(source.name));
    if (!kept) throw error;
    return kept;
  }
}

/**
 * Brings every file of a model into `target.files`.
 *
 * @param {Source} source
 * @param {Uint8Array<ArrayBuffer> | null} manifest
 * @param {Target} target
 */
export async function fetchModel(source, manifest, target) {
  if (manifest === null) return fetchPlain(source, target);
  await fetchPacked(source, parseManifest(manifest, source.address(MANIFEST)), target);
  place(await target.files, MANIFEST, manifest);
  await target.cache?.keepManifest(source.name, manifest);
}

/** A packed model: the manifest lists everything. */
async function fetchPacked(/** @type {Source} */ source, entries, { files, cache, signal, report }) {
  const totalBytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  let loadedBytes = 0;

  /** Takes a file's bytes; whether they are those that the manifest lists. */
  const take = async ({ name, bytes, sha256 }, response, signal, onPiece = (/** @type {Uint8Array} */ _) => {}) => {
    const engine = await files;
    signal.throwIfAborted();
    engine.reserve(name, bytes);
    const hash = globalThis.crypto?.subtle === undefined ? new Sha256() : null;
    await read(response, { name, signal, expected: bytes }, (piece) => {
      engine.append(name, piece);
      hash?.update(piece);
      onPiece(piece);
      loadedBytes += piece.length;
      report({ phase: "download", file: name, loadedBytes, totalBytes });
    });
    report({ phase: "verify", file: name, loadedBytes, totalBytes });
    const found = hash?.hex() ?? hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", engine.view(name))));
    return found === sha256;
  };

  /** Whether the cache had the file, undamaged. */
  const takeKept = async (entry, signal) => {
    const kept = await cache?.file(entry.sha256);
    if (!kept) return false;
    await files; // that the engine does not start is no fault of the cache
    let taken = 0;
    const sound = await take(entry, kept, signal, (piece) => (taken += piece.length)).catch((error) => {
      if (isTrap(error)) throw error;
      return false; // storage fails in many ways, and the server has the file too
    });
    signal.throwIfAborted();
    if (sound) return true;
    loadedBytes -= taken;
    await cache?.forget(entry.sha256);
    return false;
  };

  const fetchOne = async (entry, signal) => {
    if (await takeKept(entry, signal)) return;
    const response = await source.open(entry.name, { signal });
    // Blobs lie outside this worker's memory.
    const blobs = /** @type {Blob[]} */ ([]);
    const sound = await take(entry, response, signal, (piece) => cache && blobs.push(new Blob([piece])));
    if (!sound) {
      throw new YaksearchError(
        "hash",
        `${entry.name}: ${source.address(entry.name)} has another SHA-256 than ${MANIFEST} lists; ` +
          "it was damaged or replaced: upload it again, or clear the cache and reload",
      );
    }
    await cache?.keep(entry.sha256, new Blob(blobs));
  };
  await together(
    signal,
    entries.map((entry) => (signal) => fetchOne(entry, signal)),
  );
}

/** A Hugging Face or sentence-transformers folder: the standard names, and what modules.json points at. */
async function fetchPlain(/** @type {Source} */ source, target) {
  const { signal, report } = target;
  const files = await target.files;
  let loadedBytes = 0;
  let totalBytes = 0;
  const fetchOne = async (/** @type {string} */ name, /** @type {AbortSignal} */ signal, optional = false) => {
    const response = await source.open(name, { signal, optional });
    if (response === null) return null;
    const expected = plainLength(response);
    totalBytes += expected ?? 0;
    const count = (/** @type {number} */ bytes) => {
      loadedBytes += bytes;
      report({ phase: "download", file: name, loadedBytes, totalBytes: Math.max(totalBytes, loadedBytes) });
    };
    if (expected === null || name === MODULES) {
      const whole = await readWhole(response, { name, signal }, count);
      place(files, name, whole);
      return whole;
    }
    files.reserve(name, expected);
    await read(response, { name, signal, expected }, (piece) => {
      files.append(name, piece);
      count(piece.length);
    });
    return null;
  };

  const modules = await fetchOne(MODULES, signal);
  const wanted = [
    ...REQUIRED.map((name) => ({ name, optional: false })),
    ...OPTIONAL.map((name) => ({ name, optional: true })),
    ...moduleFolders(modules).map((folder) => ({ name: `${folder}/config.json`, optional: true })),
  ];
  await together(
    signal,
    wanted.map(({ name, optional }) => (signal) => fetchOne(name, signal, optional)),
  );
}

const MODULES = "modules.json";
const REQUIRED = ["config.json", "tokenizer.json", "model.safetensors"];
const OPTIONAL = ["config_sentence_transformers.json", "sentence_bert_config.json", "tokenizer_config.json"];

/** The sub-folders that modules.json names; whether it makes sense as a whole is for the engine to say. */
function moduleFolders(/** @type {Uint8Array} */ bytes) {
  let modules;
  try {
    modules = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return []; // the engine says what is wrong with it, with line and column
  }
  if (!Array.isArray(modules)) return [];
  const folders = modules.map((module) => module?.path).filter((path) => typeof path === "string" && path !== "");
  return [...new Set(folders)].filter(isInside);
}

function place(/** @type {Files} */ files, /** @type {string} */ name, /** @type {Uint8Array} */ whole) {
  files.reserve(name, whole.length);
  files.append(name, whole);
}
