// scripts/serve: serves www/ on this machine only. What it does, any static server can do.

import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";

const USAGE = `usage: scripts/serve [--port N] [--root FOLDER]

Serves FOLDER (default: www) on 127.0.0.1 and prints the address.
  --port N       the port (default 8000; the next free one if it is taken; 0 takes any)
  --root FOLDER  the folder to serve`;

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".md": "text/plain; charset=utf-8", // shown, not downloaded
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ts": "text/plain; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json; charset=utf-8",
};

/** How a file is sent smaller, best first: HTTP's name for it, and the ending of the file beside it. */
const ENCODINGS = { br: ".br", gzip: ".gz" };

/** How many ports after the asked one are tried. */
const ATTEMPTS = 20;

function fail(message) {
  process.stderr.write(`scripts/serve: ${message}\n`);
  process.exit(2);
}

function parseArguments(args) {
  const options = { port: 8000, root: fileURLToPath(new URL("../../www", import.meta.url)) };
  for (let i = 0; i < args.length; i++) {
    const [name, inline] = args[i].split(/=(.*)/s);
    if (name === "--help" || name === "-h") {
      process.stdout.write(USAGE + "\n");
      process.exit(0);
    }
    if (name !== "--port" && name !== "--root") fail(`unknown argument ${args[i]}\n\n${USAGE}`);
    const value = inline ?? args[++i];
    if (value === undefined) fail(`${name} needs a value\n\n${USAGE}`);
    if (name === "--root") {
      options.root = path.resolve(value);
    } else {
      if (!/^\d+$/.test(value) || Number(value) > 65535) fail(`--port ${value}: give a number from 0 to 65535`);
      options.port = Number(value);
    }
  }
  return options;
}

/** The file that a request's target names, or null: nothing outside `root`, and nothing hidden, is ever named. */
function fileOf(root, target) {
  let name;
  try {
    name = decodeURIComponent(target.split(/[?#]/)[0]);
  } catch {
    return null;
  }
  if (!name.startsWith("/") || name.includes("\0") || name.includes("\\")) return null;
  if (name.split("/").some((part) => part.startsWith("."))) return null;
  return path.join(root, name.endsWith("/") ? name + "index.html" : name);
}

function plain(response, status, text, headers = {}) {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers });
  response.end(text + "\n");
}

/** A request handler for the files below `root`. */
function createHandler(root) {
  const real = fs.realpathSync(root);
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      request.resume();
      return plain(response, 405, "only GET and HEAD", { allow: "GET, HEAD" });
    }
    const file = fileOf(real, request.url);
    if (file === null) return plain(response, 400, "bad address");
    // The real path is what counts: a link may lead outside.
    fs.realpath(file, (missing, target) => {
      if (missing || (target !== real && !target.startsWith(real + path.sep))) return plain(response, 404, "not found");
      fs.stat(target, (error, stat) => {
        if (error) return plain(response, 404, "not found");
        if (stat.isDirectory()) {
          // The path alone: a "//host/" at its start must not become another host's address.
          const to = request.url.split(/[?#]/)[0].replace(/^\/+/, "/") + "/";
          return plain(response, 301, "moved", { location: to });
        }
        if (!stat.isFile()) return plain(response, 404, "not found");
        send(request, response, target, smallest(target, stat, request.headers["accept-encoding"]));
      });
    });
  };
}

/** The file to send in place of `file`: itself, or a compressed one that the browser takes and that is no older. */
function smallest(file, stat, accepted = "") {
  for (const [encoding, ending] of Object.entries(ENCODINGS)) {
    if (!takes(accepted, encoding)) continue;
    const packed = fs.lstatSync(file + ending, { throwIfNoEntry: false });
    if (packed?.isFile() && packed.mtimeMs >= stat.mtimeMs) return { path: file + ending, stat: packed, encoding };
  }
  return { path: file, stat };
}

/** Whether an Accept-Encoding names `encoding`, other than to refuse it. */
function takes(accepted, encoding) {
  return accepted.split(",").some((item) => {
    const [name, ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

function send(request, response, file, { path: sent, stat, encoding }) {
  const headers = {
    "content-type": TYPES[path.extname(file).toLowerCase()] ?? "application/octet-stream",
    "cache-control": "no-cache", // browsers keep files but ask each time whether they still hold
    etag: `"${stat.size.toString(16)}-${Math.floor(stat.mtimeMs).toString(16)}${encoding ? `-${encoding}` : ""}"`,
    "last-modified": stat.mtime.toUTCString(),
    vary: "accept-encoding",
    "x-content-type-options": "nosniff",
  };
  if (encoding) headers["content-encoding"] = encoding;
  const known = request.headers["if-none-match"];
  if (known?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === headers.etag)) {
    response.writeHead(304, headers);
    return response.end();
  }
  const stream = fs.createReadStream(sent, { highWaterMark: 1 << 18 });
  stream.once("error", () => (response.headersSent ? response.destroy() : plain(response, 404, "not found")));
  stream.once("open", () => {
    response.writeHead(200, { ...headers, "content-length": stat.size });
    if (request.method === "HEAD") {
      stream.destroy();
      response.end();
    } else {
      stream.pipe(response);
    }
  });
  response.once("close", () => stream.destroy());
}

/** Listens on `port`, or on the next free one. */
function listen(server, port, attempts) {
  server.once("error", (error) => {
    if (error.code === "EADDRINUSE" && attempts > 1 && port < 65535) return listen(server, port + 1, attempts - 1);
    fail(`cannot listen on 127.0.0.1:${port} (${error.code ?? error.message}); name another with --port`);
  });
  server.listen(port, "127.0.0.1");
}

function main() {
  const { port, root } = parseArguments(process.argv.slice(2));
  if (!fs.existsSync(path.join(root, "index.html"))) fail(`${root} has no index.html; name the site with --root`);
  if (!fs.existsSync(path.join(root, "pkg"))) {
    process.stderr.write("scripts/serve: the engine is not built yet, so the page cannot search; run scripts/build\n");
  }
  const server = http.createServer(createHandler(root));
  server.once("listening", () => {
    server.removeAllListeners("error");
    process.stdout.write(`http://127.0.0.1:${server.address().port}/\n`);
  });
  const stop = () => {
    server.close(() => process.exit(0));
    server.closeAllConnections(); // browsers hold theirs open
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  listen(server, port, port === 0 ? 1 : ATTEMPTS);
}

main();
