// Models kept in the browser: files by their SHA-256, so that no address and no version can be mistaken for another, and
// for each address the manifest that was loaded last.

const NAME = "yaksearch-models";
// Keys of the Cache API are addresses. Nothing is ever fetched from these: ".invalid" is no host's name (RFC 2606).
const fileKey = (/** @type {string} */ sha256) => `https://yaksearch.invalid/sha256/${sha256}`;
const MANIFESTS = "https://yaksearch.invalid/manifest/";
const manifestKey = (/** @type {string} */ model) => `${MANIFESTS}${encodeURIComponent(model)}`;

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
    return (await this.#cache.match(fileKey(sha256)).catch(() => undefined)) ?? null;
  }

  /** Keeps a file, whose hash was checked. */
  async keep(/** @type {string} */ sha256, /** @type {Blob} */ blob) {
    await this.#put(fileKey(sha256), blob);
  }

  /** Forgets the file with this hash, so that a damaged one takes no room. */
  async forget(/** @type {string} */ sha256) {
    await this.#cache.delete(fileKey(sha256)).catch(() => {});
  }

  /** The manifest of the model at `url` when it was loaded last. */
  async manifest(/** @type {string} */ url) {
    return this.#manifestAt(manifestKey(url));
  }

  /** Keeps the manifest of the model at `url`, and forgets the files that only its last one names. */
  async keepManifest(/** @type {string} */ url, /** @type {Uint8Array<ArrayBuffer>} */ manifest) {
    const last = await this.manifest(url);
    await this.#put(manifestKey(url), new Blob([manifest]));
    if (last === null) return;
    const wanted = new Set([...hashesIn(manifest), ...(await this.#hashesInManifests())]);
    for (const sha256 of hashesIn(last)) if (!wanted.has(sha256)) await this.forget(sha256);
  }

  /** What the kept manifests of all addresses name: models can have files in common. */
  async #hashesInManifests() {
    const kept = await this.#cache.keys().catch(() => []);
    const keys = kept.map(({ url }) => url).filter((url) => url.startsWith(MANIFESTS));
    const manifests = await Promise.all(keys.map((key) => this.#manifestAt(key)));
    return manifests.flatMap((manifest) => manifest && hashesIn(manifest));
  }

  async #manifestAt(/** @type {string} */ key) {
    try {
      const kept = await this.#cache.match(key);
      return kept === undefined ? null : new Uint8Array(await kept.arrayBuffer());
    } catch {
      return null; // storage that cannot be read is as good as none
    }
  }

  async #put(/** @type {string} */ key, /** @type {Blob} */ blob) {
    try {
      await this.#cache.put(key, new Response(blob));
    } catch {
      this.complete = false; // the model is in memory all the same
    }
  }
}

/** Every hash that a manifest names, be it one of a version that this module does not read. */
function hashesIn(/** @type {Uint8Array} */ manifest) {
  return new TextDecoder().decode(manifest).match(/\b[0-9a-f]{64}\b/g) ?? [];
}
