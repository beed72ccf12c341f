// One file from a server, as checked pieces.

import { YaksearchError } from "./errors.js";

/**
 * Asks for `url` and returns the response once it is known to be a file. `name` is what errors call it. A file that
 * is not there gives `null` when `optional` is set.
 *
 * @param {URL} url
 * @param {{ name: string, signal: AbortSignal, optional?: boolean }} options
 * @returns {Promise<Response | null>}
 */
export async function open(url, { name, signal, optional = false }) {
  let response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new YaksearchError(
      "unreachable",
      `${name}: the server of ${url} did not answer (${messageOf(error)}); check the connection, then try again`,
    );
  }
  const html = /^(text\/html|application\/xhtml\+xml)\b/i.test(response.headers.get("content-type") ?? "");
  if (response.ok && !html) return response;
  await response.body?.cancel();
  if (response.status === 404 || response.status === 410 || response.ok) {
    if (optional) return null;
    throw new YaksearchError(
      html ? "html" : "not-found",
      html
        ? `${name}: ${url} answered ${response.status} with an HTML page instead of the file; check the address, and ` +
            "that the file was uploaded and the server does not send its start page for unknown addresses"
        : `${name}: ${url} answered ${response.status}; check the address and that the file was uploaded`,
    );
  }
  throw new YaksearchError(
    "http",
    `${name}: ${url} answered ${response.status} ${response.statusText}; check the server, then try again`,
  );
}

/**
 * Hands the body of `response` on, piece by piece, and returns its length. Another length than `expected` is an error.
 *
 * @param {Response} response
 * @param {{ name: string, signal: AbortSignal, expected: number | null }} options
 * @param {(piece: Uint8Array) => void} take
 * @returns {Promise<number>}
 */
export async function read(response, { name, signal, expected }, take) {
  if (response.body === null) return 0;
  const reader = response.body.getReader();
  let length = 0;
  for (;;) {
    let next;
    try {
      next = await reader.read();
    } catch (error) {
      if (signal.aborted) throw error;
      throw new YaksearchError(
        "truncated",
        `${name}: the connection broke off after ${length} bytes` +
          `${expected === null ? "" : ` of ${expected}`} (${messageOf(error)}); try again`,
      );
    }
    if (next.done) break;
    length += next.value.length;
    if (expected !== null && length > expected) break;
    take(next.value);
  }
  if (expected !== null && length !== expected) {
    await reader.cancel();
    throw new YaksearchError(
      "truncated",
      `${name}: the server sent ${length > expected ? "more than" : `${length} bytes instead of`} ${expected} bytes; ` +
        "it was cut short or replaced: upload it again, or clear the cache and reload",
    );
  }
  return length;
}

/** The body of `response` in one piece, for small files and for what the engine takes whole. */
export async function readWhole(response, { name, signal }, onBytes = () => {}) {
  const pieces = [];
  const length = await read(response, { name, signal, expected: plainLength(response) }, (piece) => {
    pieces.push(piece);
    onBytes(piece.length);
  });
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** How many bytes the body will give, where the server says so: a compressed body's length says nothing of them. */
export function plainLength(/** @type {Response} */ response) {
  const length = response.headers.get("content-length");
  const encoding = response.headers.get("content-encoding") ?? "identity";
  return length !== null && encoding === "identity" ? Number(length) : null;
}

function messageOf(/** @type {unknown} */ error) {
  return error instanceof Error ? error.message : String(error);
}
