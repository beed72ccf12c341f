// scripts/serve, by itself.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, mkdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { serve } from "./harness/site.js";

let folder, server, address;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "serve-"));
  const root = path.join(folder, "site");
  await mkdir(path.join(root, "pkg"), { recursive: true });
  await writeFile(path.join(folder, "secret.txt"), "secret");
  await writeFile(path.join(root, "index.html"), "<!doctype html>start");
  await writeFile(path.join(root, ".hidden"), "secret");
  await writeFile(path.join(root, "pkg", "a.wasm"), "wasm");
  await writeFile(path.join(root, "a.js"), "js");
  await writeFile(path.join(root, "a.json"), "{}");
  await writeFile(path.join(root, "약.txt"), "약");
  await symlink(path.join(folder, "secret.txt"), path.join(root, "link.txt"));
  await writeFile(path.join(root, "b.js"), "plain");
  await writeFile(path.join(root, "b.js.gz"), "as gzip");
  await writeFile(path.join(root, "b.js.br"), "as brotli");
  await writeFile(path.join(root, "c.js"), "plain");
  await writeFile(path.join(root, "c.js.br"), "as brotli, of an older version");
  await utimes(path.join(root, "c.js.br"), new Date(2001, 1, 1), new Date(2001, 1, 1));
  await symlink(path.join(folder, "secret.txt"), path.join(root, "c.js.gz"));
  ({ child: server, address } = await serve("--port", "0", "--root", root));
});

after(async () => {
  server.kill();
  await rm(folder, { recursive: true });
});

/** A request whose path is sent as it stands: fetch would tidy "..". */
function get(target, { headers = {}, method = "GET" } = {}) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(address);
    const request = http.request({ hostname, port, path: target, headers, method }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (piece) => (body += piece));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    request.on("error", reject);
    request.end();
  });
}

test("files come with the type that browsers insist on", async () => {
  for (const [target, type] of [
    ["/", "text/html"],
    ["/index.html?x=1", "text/html"],
    ["/a.js", "text/javascript"],
    ["/a.json", "application/json"],
    ["/pkg/a.wasm", "application/wasm"],
    [encodeURI("/약.txt"), "text/plain"],
  ]) {
    const { status, headers } = await get(target);
    assert.equal(status, 200, target);
    assert.ok(headers["content-type"].startsWith(type), `${target}: ${headers["content-type"]}`);
  }
});

test("nothing outside the folder is served", async () => {
  for (const target of [
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/pkg/../../secret.txt",
    "/..\\secret.txt",
    "//../secret.txt",
    "/link.txt",
    "/.hidden",
    "/%00",
    "/%",
    "/nothing",
  ]) {
    const { status, body } = await get(target);
    assert.ok(status === 400 || status === 404, `${target}: ${status}`);
    assert.ok(!body.includes("secret"), target);
  }
});

test("a folder leads to its start page on the same host", async () => {
  const { status, headers } = await get("//pkg");
  assert.equal(status, 301);
  assert.equal(headers.location, "/pkg/");
});

test("a browser that has the file is told so", async () => {
  const { headers } = await get("/a.js");
  assert.equal(headers["cache-control"], "no-cache");
  const again = await get("/a.js", { headers: { "if-none-match": headers.etag } });
  assert.equal(again.status, 304);
  assert.equal(again.body, "");
});

test("a compressed file beside it is sent to browsers that take it", async () => {
  for (const [accepted, encoding, text] of [
    [undefined, undefined, "plain"],
    ["", undefined, "plain"],
    ["identity", undefined, "plain"],
    ["gzip", "gzip", "as gzip"],
    ["gzip, deflate, br, zstd", "br", "as brotli"],
    ["gzip;q=1.0, BR;q=0.5", "br", "as brotli"],
    ["br;q=0, gzip;q=0.1", "gzip", "as gzip"],
    ["br; q=0.000, gzip ;q=0", undefined, "plain"],
    ["brotli, x-gzip", undefined, "plain"],
  ]) {
    const headers = accepted === undefined ? {} : { "accept-encoding": accepted };
    const answer = await get("/b.js", { headers });
    assert.equal(answer.body, text, accepted);
    assert.equal(answer.headers["content-encoding"], encoding, accepted);
    assert.equal(answer.headers["content-length"], String(text.length), accepted);
    assert.equal(answer.headers["content-type"], "text/javascript; charset=utf-8");
    assert.equal(answer.headers.vary, "accept-encoding");
    // Each has a tag of its own, for caches between.
    const again = await get("/b.js", { headers: { ...headers, "if-none-match": answer.headers.etag } });
    assert.equal(again.status, 304, accepted);
    const other = await get("/b.js", { headers: { ...headers, "if-none-match": `${answer.headers.etag}x` } });
    assert.equal(other.status, 200, accepted);
  }
  const tags = await Promise.all(["br", "gzip", ""].map((name) => get("/b.js", { headers: { "accept-encoding": name } })));
  assert.equal(new Set(tags.map(({ headers }) => headers.etag)).size, 3);
});

test("a compressed file of an older version, or one that is a link, is not sent", async () => {
  const { body, headers } = await get("/c.js", { headers: { "accept-encoding": "br, gzip" } });
  assert.equal(body, "plain");
  assert.equal(headers["content-encoding"], undefined);
});

test("HEAD sends no body and other methods are refused", async () => {
  const head = await get("/a.js", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.headers["content-length"], "2");
  assert.equal(head.body, "");
  assert.equal((await get("/a.js", { method: "POST" })).status, 405);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  test(`a taken port leads to the next free one, and ${signal} ends it cleanly`, async () => {
    const { port } = new URL(address);
    const second = await serve("--port", port, "--root", path.join(folder, "site"));
    assert.notEqual(new URL(second.address).port, port);
    assert.equal((await fetch(second.address)).status, 200);
    second.child.kill(signal);
    const [code] = await once(second.child, "exit");
    assert.equal(code, 0);
  });
}
