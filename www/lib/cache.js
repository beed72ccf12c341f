// Models kept in the browser: files by their SHA-256, so that no address and no version can be mistaken for another, and
// for each address the manifest that was loaded last.

import { MANIFEST, parseManifest } from "./manifest.js";

const NAME = "yaksearch-models";
// Keys of the Cache API are addresses. Nothing is ever fetched from these: ".invalid" is no host's name (RFC 2606).
const fileKey = (/** @type {string} */ sha256) => `https://yaksearch.invalid/sha256/${sha256}`;
const manifestKey = (/** @type {string} */ model) => `https://yaksearch.invalid/manifest/${encodeURIComponent(model)}`;

export class ModelCache {
  #cache;
  /** Whether everything that was to be kept could be: a browser may refuse for want of room. */
  complete = true;

  constructor(/** @type {Cache} */ cache) {
    this.#cache = cache;
  }

  /** Null where there is no cache: in Node, on pages without https, or when the browser forbids it. */
  static async open() {
    try {
      return new ModelCache(await globalThis.caches.open(NAME));
    } catch {
      return null;
    }
  }

  /** The file with this hash, if it is kept. Whoever reads it checks the hash: storage can be damaged. */
  async file(/** @type {string} */ sha256) {
    return (await this.#cache.match(fileKey(sha256))) ?? null;
  }

  /** Keeps a file, whose hash was checked. */
  async keep(/** @type {string} */ sha256, /** @type {Blob} */ blob) {
    await this.#put(fileKey(sha256), blob);
  }

  async forget(/** @type {string} */ sha256) {
    await this.#cache.delete(fileKey(sha256));
  }

  /** The manifest of the model at `url` when it was loaded last. */
  async manifest(/** @type {string} */ url) {
    const kept = await this.#cache.match(manifestKey(url));
    return kept === undefined ? null : new Uint8Array(await kept.arrayBuffer());
  }

  /** Keeps the manifest of the model at `url`, and forgets the files that only its last one lists. */
  async keepManifest(/** @type {string} */ url, /** @type {Uint8Array<ArrayBuffer>} */ manifest) {
    const last = await this.manifest(url);
    await this.#put(manifestKey(url), new Blob([manifest]));
    if (last === null) return;
    const listed = new Set(parseManifest(manifest, url).map((entry) => entry.sha256));
    const stale = parseManifest(last, `kept ${MANIFEST}`).filter((entry) => !listed.has(entry.sha256));
    for (const { sha256 } of stale) await this.forget(sha256);
  }

  async #put(/** @type {string} */ key, /** @type {Blob} */ blob) {
    try {
      await this.#cache.put(key, new Response(blob));
    } catch {
      this.complete = false; // the model is in memory all the same
    }
  }
}
