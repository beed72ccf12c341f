// Where a model's files come from: a folder on a server, or bytes that the caller has.

import { open } from "./download.js";
import { YaksearchError } from "./errors.js";

/**
 * @typedef {object} Source
 * @property {string} name what errors call the whole
 * @property {boolean} cacheable whether keeping its files saves a download
 * @property {(file: string) => string} address where a file is, for errors
 * @property {(file: string, options: { signal: AbortSignal, optional?: boolean }) => Promise<Response | null>} open
 *   the file; null for one that is not there, when it is optional
 */

/** The files of the folder `url`, an address that ends in "/". @returns {Source} */
export function folderSource(/** @type {string} */ url) {
  const address = (/** @type {string} */ file) => new URL(file, url).href;
  return {
    name: url,
    cacheable: true,
    address,
    open: (file, { signal, optional }) => open(new URL(address(file)), { name: file, signal, optional }),
  };
}

/** Bytes by the names that their files have in a model's folder. @returns {Source} */
export function bytesSource(/** @type {Record<string, ArrayBuffer | ArrayBufferView>} */ files) {
  return {
    name: "the given files",
    cacheable: false,
    address: (file) => `the given ${file}`,
    async open(file, { optional = false }) {
      if (Object.hasOwn(files, file)) {
        const length = String(files[file].byteLength);
        return new Response(/** @type {BodyInit} */ (files[file]), { headers: { "content-length": length } });
      }
      if (optional) return null;
      throw new YaksearchError("not-found", `${file} is not among the given files; give its bytes under this name`);
    },
  };
}
