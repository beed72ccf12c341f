#!/usr/bin/env node
// Prints how many bytes each file of a site has, as it is and as servers send it.

"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { promisify } = require("node:util");
const zlib = require("node:zlib");
const { filesBelow } = require("./files-below.js");

/** The best levels take a minute for a model, and gain little there. */
const LARGE = 8 << 20;

async function sizesOf(folder, name) {
  const bytes = fs.readFileSync(path.join(folder, name));
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
  const large = bytes.length >= LARGE;
  const params = {
    [BROTLI_PARAM_QUALITY]: large ? 5 : 11,
    [BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  // On zlib's own threads: the files are compressed side by side.
  const [gzip, brotli] = await Promise.all([
    promisify(zlib.gzip)(bytes, { level: large ? 5 : 9 }),
    promisify(zlib.brotliCompress)(bytes, { params }),
  ]);
  return [bytes.length, gzip.length, brotli.length];
}

async function main() {
  const folder = process.argv[2];
  const names = filesBelow(folder);
  const sizes = await Promise.all(names.map((name) => sizesOf(folder, name)));
  const total = sizes.reduce((sum, row) => sum.map((value, i) => value + row[i]), [0, 0, 0]);
  const width = Math.max(...names.map((name) => name.length));
  const line = (name, cells) => console.log(name.padEnd(width) + cells.map((cell) => String(cell).padStart(12)).join(""));
  line("bytes", ["raw", "gzip", "brotli"]);
  names.forEach((name, i) => line(name, sizes[i]));
  line("total", total);
}

main();
