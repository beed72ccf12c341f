// worker.js in a thread of Node, which lacks three things that a browser's worker has.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { parentPort } from "node:worker_threads";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const fetchFromServer = globalThis.fetch;

Object.assign(globalThis, {
  postMessage: (message, transfer) => port.postMessage(message, transfer),
  addEventListener: (type, listener) => port.on(type, (data) => listener({ data })),
  fetch: (resource, options) =>
    resource instanceof URL && resource.protocol === "file:"
      ? fetchFile(resource, options)
      : fetchFromServer(resource, options),
});

/** A file of this machine as a response: Node's own fetch knows no file: addresses. */
async function fetchFile(/** @type {URL} */ url, { signal }) {
  const path = fileURLToPath(url);
  const facts = await stat(path).catch((error) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  });
  if (!facts?.isFile()) return new Response(null, { status: 404 });
  const headers = { "content-length": String(facts.size) };
  const body = /** @type {ReadableStream} */ (Readable.toWeb(createReadStream(path, { highWaterMark: 1 << 20, signal })));
  return new Response(body, { headers });
}

await import("./worker.js");
