#!/usr/bin/env node
// Writes beside each file of a site what servers send in its place: FILE.br and FILE.gz.
//
//   precompress.js SITE            makes those that are missing or older than their file
//   precompress.js SITE --remove   takes all of them away

"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { promisify } = require("node:util");
const zlib = require("node:zlib");
const { filesBelow } = require("./files-below.js");

/** The best levels take a minute for a model, and gain little there. */
const LARGE = 8 << 20;
/** Of a file's bytes: where less is saved, unpacking costs more than it gains. */
const WORTH = 0.95;

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
const quality = (bytes) => (bytes.length >= LARGE ? 5 : 11);
const brotli = (bytes) => ({ params: { [BROTLI_PARAM_QUALITY]: quality(bytes), [BROTLI_PARAM_SIZE_HINT]: bytes.length } });

/** On zlib's own threads: files are compressed side by side. */
const COMPRESS = {
  ".br": (bytes) => promisify(zlib.brotliCompress)(bytes, brotli(bytes)),
  ".gz": (bytes) => promisify(zlib.gzip)(bytes, { level: bytes.length >= LARGE ? 5 : 9 }),
};

/** A compressed file has its original's time, in whole milliseconds: then it is of that version. */
const timeOf = (file) => Math.ceil(fs.statSync(file).mtimeMs);

async function compress(file, ending) {
  const target = file + ending;
  const time = timeOf(file);
  if (fs.existsSync(target) && timeOf(target) === time) return;
  const bytes = fs.readFileSync(file);
  const packed = await COMPRESS[ending](bytes);
  if (packed.length > bytes.length * WORTH) return fs.rmSync(target, { force: true });
  fs.writeFileSync(`${target}.new`, packed);
  fs.utimesSync(`${target}.new`, new Date(time), new Date(time));
  fs.renameSync(`${target}.new`, target);
}

async function main() {
  const [site, option] = process.argv.slice(2);
  const step = option === "--remove" ? (file, ending) => fs.rmSync(file + ending, { force: true }) : compress;
  const files = filesBelow(site).filter((name) => !(path.extname(name) in COMPRESS));
  const pairs = files.flatMap((name) => Object.keys(COMPRESS).map((ending) => [path.join(site, name), ending]));
  await Promise.all(pairs.map(([file, ending]) => step(file, ending)));
}

main();
