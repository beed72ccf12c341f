// A static server with several roots that counts what each page fetches.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import http from "node:http";
import path from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/**
 * Serves `mounts` (address prefix to folder) on a free port. `take()` gives the bytes sent since it was last called.
 *
 * @param {Record<string, string>} mounts
 */
export async function startServer(mounts) {
  let sent = 0;
  const server = http.createServer(async (request, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://localhost").pathname); // takes ".." away
    const mount = Object.keys(mounts).find((prefix) => name.startsWith(prefix));
    const file = mount && path.join(mounts[mount], name.slice(mount.length));
    const found = file && (await stat(file).catch(() => null));
    if (!found?.isFile()) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
      return;
    }
    response.writeHead(200, {
      "content-type": TYPES[path.extname(file)] ?? "application/octet-stream",
      "content-length": found.size,
      "cache-control": "no-store", // every load is a first visit
      // transformers.js shares memory between its threads, which browsers allow behind these two only.
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    sent += found.size;
    createReadStream(file, { highWaterMark: 1 << 20 }).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    take() {
      const bytes = sent;
      sent = 0;
      return bytes;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
