// The built site, served by scripts/serve as a user would.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import http from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";

const LIST_FILES = fileURLToPath(new URL("../../../scripts/lib/list-files.js", import.meta.url));
export const SERVE = fileURLToPath(new URL("../../../scripts/serve", import.meta.url));
/** The folder under test; another build of the site can be named. */
export const ROOT = process.env.YAKSEARCH_SITE ?? fileURLToPath(new URL("../../../www", import.meta.url));

export const MODEL = "models/yak-e5-small-ko/";
export const CATALOGUE = "data/catalogue.index";
const BUILT = ["pkg/yaksearch.js", "pkg/simd128.wasm", `${MODEL}manifest.json`, CATALOGUE];

/** Starts `scripts/serve` with `args` and gives the process and the address that it prints. */
export async function serve(...args) {
  const child = spawn(SERVE, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`scripts/serve ${args.join(" ")} ended with ${code} before it printed an address`);
  });
  const [address] = await Promise.race([once(createInterface(child.stdout), "line"), ended]);
  ended.catch(() => {}); // from here on its end is expected
  return { child, address };
}

/** The site on a free port. `stop` ends the server. */
export async function startSite(root = ROOT) {
  const missing = BUILT.filter((file) => !existsSync(`${root}/${file}`));
  if (missing.length > 0) throw new Error(`${root} lacks ${missing.join(", ")}: run scripts/build first`);
  const { child, address } = await serve("--port", "0", "--root", root);
  return {
    address,
    async stop() {
      child.kill();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

/**
 * The site behind a host that changes what it sends: `alter` gets a file's path and the answer, `{ status, headers, body }`,
 * and gives the one to send.
 */
export async function startAltered(address, alter) {
  const server = http.createServer(async (request, response) => {
    const original = await fetch(new URL(request.url, address));
    const headers = { "content-type": original.headers.get("content-type") ?? "text/plain" };
    const answer = { status: original.status, headers, body: Buffer.from(await original.arrayBuffer()) };
    const { status, headers: sent, body } = await alter(request.url.slice(1), answer);
    response.writeHead(status, { ...sent, "content-length": body.length }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The site behind a host that sends every file compressed, so that lengths in headers are not those of files. */
export const startCompressing = (address) =>
  startAltered(address, (_, { status, headers, body }) => {
    const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 };
    return { status, headers: { ...headers, "content-encoding": "br" }, body: zlib.brotliCompressSync(body, { params }) };
  });

/** Another copy of the site, to be changed. `publish` lists its files anew, as a new version. */
export async function copySite() {
  const root = await mkdtemp(path.join(os.tmpdir(), "site-"));
  await cp(ROOT, root, { recursive: true });
  return {
    root,
    publish: () => promisify(execFile)(process.execPath, [LIST_FILES, root]),
    remove: () => rm(root, { recursive: true }),
  };
}
