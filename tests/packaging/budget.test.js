// The compressed files of a site, and its budget: on a small site of its own.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

const LIBRARY = fileURLToPath(new URL("../../scripts/lib/", import.meta.url));
const TEXT = "열을 내리는 약은? ".repeat(500);

let folder, site;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "yaksearch-budget-"));
  site = path.join(folder, "site");
  await mkdir(path.join(site, "lib"), { recursive: true });
  await writeFile(path.join(site, "index.html"), TEXT);
  await writeFile(path.join(site, "lib/a.js"), TEXT);
  await writeFile(path.join(site, "noise.bin"), crypto.getRandomValues(new Uint8Array(5000)));
});
afterEach(() => rm(folder, { recursive: true }));

/** What a script of scripts/lib printed, and how it ended. */
const run = (script, ...args) =>
  new Promise((resolve) => {
    execFile(process.execPath, [LIBRARY + script, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });

const precompress = async (...options) => assert.deepEqual(await run("precompress.js", site, ...options), { code: 0, stdout: "", stderr: "" });

async function checkBudget(limits) {
  const budget = path.join(folder, "budget.json");
  await writeFile(budget, JSON.stringify(limits));
  return run("sizes.js", site, budget);
}

const LIMITS = [
  { name: "code", for: "tests", files: ["lib/"], brotli: 500 },
  { name: "the rest", for: "tests", files: ["index.html", "noise*"], raw: 50_000 },
];

test("what unpacks is the file, and what would save little is left out", async () => {
  await precompress();
  assert.deepEqual((await readdir(site, { recursive: true })).sort(), [
    "index.html",
    "index.html.br",
    "index.html.gz",
    "lib",
    "lib/a.js",
    "lib/a.js.br",
    "lib/a.js.gz",
    "noise.bin",
  ]);
  assert.equal(brotliDecompressSync(await readFile(path.join(site, "index.html.br"))).toString(), TEXT);
  assert.equal(gunzipSync(await readFile(path.join(site, "index.html.gz"))).toString(), TEXT);
});

test("a compressed file is made anew when its file changed, later or earlier, and only then", async () => {
  await precompress();
  const packed = path.join(site, "lib/a.js.br");
  const first = (await stat(packed)).ino;
  await precompress();
  assert.equal((await stat(packed)).ino, first);
  for (const time of [new Date(), new Date(2001, 1, 1)]) {
    const text = `${TEXT}${time}`;
    await writeFile(path.join(site, "lib/a.js"), text);
    await utimes(path.join(site, "lib/a.js"), time, time);
    await precompress();
    assert.equal(brotliDecompressSync(await readFile(packed)).toString(), text);
  }
});

test("all of them can be taken away, and nothing else", async () => {
  const before = (await readdir(site, { recursive: true })).sort();
  await writeFile(path.join(site, "own.gz"), "of no other file");
  await precompress();
  await precompress("--remove");
  assert.deepEqual((await readdir(site, { recursive: true })).sort(), [...before, "own.gz"].sort());
});

test("a site within its budget passes, with a table of bytes", async () => {
  await precompress();
  const { code, stdout, stderr } = await checkBudget(LIMITS);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  const row = (name) => stdout.split("\n").find((line) => line.startsWith(name)).split(/ {2,}/);
  const raw = (await stat(path.join(site, "lib/a.js"))).size;
  const gzip = (await stat(path.join(site, "lib/a.js.gz"))).size;
  const brotli = (await stat(path.join(site, "lib/a.js.br"))).size;
  assert.deepEqual(row("lib/a.js"), ["lib/a.js", raw, gzip, brotli].map(String));
  assert.deepEqual(row("noise.bin"), ["noise.bin", "5000", "5000", "5000"], "sent as it is");
  assert.deepEqual(row("code"), ["code", "brotli", String(brotli), "500"]);
});

test("a file that outgrows its limit fails the build, and says by how much", async () => {
  await writeFile(path.join(site, "lib/b.js"), crypto.getRandomValues(new Uint8Array(2000)));
  await precompress();
  const { code, stderr } = await checkBudget(LIMITS);
  assert.equal(code, 1);
  const over = 2000 + (await stat(path.join(site, "lib/a.js.br"))).size - 500;
  assert.match(stderr, new RegExp(`^error: code: \\d+ bytes \\(brotli\\), ${over} over the limit\\. What it is for: tests$`, "m"));
  assert.match(stderr, /make it smaller, or change .*budget\.json and say there why/);
});

test("a file under no limit fails the build, and so does a limit of nothing", async () => {
  await writeFile(path.join(site, "new.js"), "");
  const { code, stderr } = await checkBudget([...LIMITS, { name: "old", for: "tests", files: ["old/"], raw: 1 }]);
  assert.equal(code, 1);
  assert.match(stderr, /^error: old: the site has no old\/$/m);
  assert.match(stderr, /^error: new\.js is under no limit$/m);
});
