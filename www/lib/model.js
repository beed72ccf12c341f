// A model's files, streamed from a server into the engine's memory.
//
// Each file is reserved once at its full length and filled as its bytes arrive, so no whole file is ever held in
// JavaScript; the hash is taken on the way.

import { open, plainLength, read, readWhole } from "./download.js";
import { YaksearchError } from "./errors.js";
import { MANIFEST, isInside, parseManifest } from "./manifest.js";
import { Sha256 } from "./sha256.js";
import { together } from "./together.js";

/**
 * @typedef {{ reserve(name: string, bytes: number): void, append(name: string, piece: Uint8Array): void }} Files
 * @typedef {{ phase: "download" | "verify", file: string, loadedBytes: number, totalBytes: number }} Progress
 * @typedef {{ files: Files, signal: AbortSignal, report: (progress: Progress) => void }} Target
 */

/**
 * The manifest of the model in the folder `base` (an address that ends in "/"); null for one that is not packed.
 *
 * @param {URL} base
 * @param {AbortSignal} signal
 */
export async function fetchManifest(base, signal) {
  const response = await open(new URL(MANIFEST, base), { name: MANIFEST, signal, optional: true });
  return response && readWhole(response, { name: MANIFEST, signal });
}

/**
 * Fetches every file of the model in the folder `base` into `target.files`.
 *
 * @param {URL} base
 * @param {Uint8Array | null} manifest
 * @param {Target} target
 */
export async function fetchModel(base, manifest, target) {
  if (manifest === null) return fetchPlain(base, target);
  place(target.files, MANIFEST, manifest);
  return fetchPacked(base, parseManifest(manifest, new URL(MANIFEST, base)), target);
}

/** A packed model: the manifest lists everything. */
async function fetchPacked(base, entries, { files, signal, report }) {
  const totalBytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  let loadedBytes = 0;
  for (const entry of entries) files.reserve(entry.name, entry.bytes);
  const fetchOne = async ({ name, bytes, sha256 }, signal) => {
    const response = /** @type {Response} */ (await open(new URL(name, base), { name, signal }));
    const hash = new Sha256();
    await read(response, { name, signal, expected: bytes }, (piece) => {
      files.append(name, piece);
      hash.update(piece);
      loadedBytes += piece.length;
      report({ phase: "download", file: name, loadedBytes, totalBytes });
    });
    report({ phase: "verify", file: name, loadedBytes, totalBytes });
    if (hash.hex() !== sha256) {
      throw new YaksearchError(
        "hash",
        `${name}: ${response.url} has another SHA-256 than ${MANIFEST} lists; ` +
          "it was damaged or replaced: upload it again, or clear the cache and reload",
      );
    }
  };
  await together(
    signal,
    entries.map((entry) => (signal) => fetchOne(entry, signal)),
  );
}

/** A Hugging Face or sentence-transformers folder: the standard names, and what modules.json points at. */
async function fetchPlain(base, { files, signal, report }) {
  let loadedBytes = 0;
  let totalBytes = 0;
  const fetchOne = async (/** @type {string} */ name, /** @type {AbortSignal} */ signal, optional = false) => {
    const response = await open(new URL(name, base), { name, signal, optional });
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
