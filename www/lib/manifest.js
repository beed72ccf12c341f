// manifest.json of a packed model: which files it has, how long they are and what they hash to.

import { YaksearchError } from "./errors.js";

export const MANIFEST = "manifest.json";
const FORMAT = "yaksearch-model";
const VERSION = 2;
/** Longer files could not be placed in 32-bit WebAssembly memory beside the engine. */
const MAX_BYTES = 2 ** 31;

/**
 * The files that the manifest in `bytes` lists. The engine reads the rest of it.
 *
 * @param {Uint8Array} bytes
 * @param {string} url where it came from, for errors
 * @returns {{ name: string, bytes: number, sha256: string }[]}
 */
export function parseManifest(bytes, url) {
  const fail = (/** @type {string} */ reason) => {
    throw new YaksearchError("manifest", `${MANIFEST}: ${url} ${reason}`);
  };
  let manifest;
  try {
    manifest = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    return fail(`is not JSON (${error instanceof Error ? error.message : error}); upload the model's folder again`);
  }
  if (manifest?.format !== FORMAT) return fail(`is not of the format ${FORMAT}; name the folder of a packed model`);
  if (manifest.format_version !== VERSION) {
    return fail(
      `has format version ${manifest.format_version}, and this yaksearch reads ${VERSION}; ` +
        "pack the model with the matching yaksearch",
    );
  }
  if (!Array.isArray(manifest.files) || manifest.files.length === 0) return fail("lists no files; pack the model again");
  return manifest.files.map((/** @type {any} */ file, /** @type {number} */ i) => {
    if (typeof file?.name !== "string" || !isInside(file.name)) {
      return fail(`names a file outside the model's folder (entry ${i}); pack the model again`);
    }
    if (!Number.isSafeInteger(file.bytes) || file.bytes < 0 || file.bytes > MAX_BYTES) {
      return fail(`gives no usable length for ${file.name}; pack the model again`);
    }
    if (typeof file.sha256 !== "string" || !/^[0-9a-f]{64}$/.test(file.sha256)) {
      return fail(`gives no SHA-256 for ${file.name}; pack the model again`);
    }
    return { name: file.name, bytes: file.bytes, sha256: file.sha256 };
  });
}

/** Whether `name` is a plain relative path: no scheme, no host, no way up. It becomes part of an address. */
export function isInside(/** @type {string} */ name) {
  return name.split("/").every((part) => /^[A-Za-z0-9_.-]+$/.test(part) && !/^\.+$/.test(part));
}
