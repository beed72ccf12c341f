#!/usr/bin/env node
// Writes files.js of a site: what its service worker keeps, each file with its SHA-256.

"use strict";
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { filesBelow } = require("./files-below.js");

/** Of no use to a page: what Node and compilers read, and what the service worker itself is made of. */
const NOT_KEPT = /^(sw\.js|files\.js|node\.js|node-worker\.js|lib\/thread-worker\.js)$|\.(d\.ts|br|gz)$/;

function main() {
  const site = process.argv[2];
  const files = filesBelow(site)
    .filter((name) => !NOT_KEPT.test(name))
    .map((name) => {
      const bytes = fs.readFileSync(path.join(site, name));
      return { path: name, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
    });
  const list = JSON.stringify(files, null, 1);
  const version = createHash("sha256").update(list).digest("hex").slice(0, 16);
  const target = path.join(site, "files.js");
  fs.writeFileSync(`${target}.new`, `self.SITE = { version: "${version}", files: ${list} };\n`);
  fs.renameSync(`${target}.new`, target);
}

main();
