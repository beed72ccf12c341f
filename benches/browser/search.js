// Searching in one Chromium: an index of as many products as the Korean market has, asked at every key.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.js";
import { readOptions, refuse } from "./options.js";
import { makeCatalogue } from "./search/catalogue.js";
import { parse } from "./search/csv.js";
import { keystrokes } from "./search/typing.js";
import { startServer } from "./server.js";
import { quantile } from "./statistics.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = path.join(HERE, "../..");
const SITE = path.join(ROOT, "www");
const MODEL = "models/yak-e5-small-ko";
const QUESTIONS = 50;

const USAGE = `usage: scripts/bench-search [options]

  --catalogue FILE  a list of products; default: the products of data/ and made-up ones
  --chromium FILE   default: CHROMIUM, or chromium on PATH
  --out FOLDER      for the list, its index and results.json; default benches/browser/results/search

Build the site first (scripts/build), and leave the machine alone meanwhile.`;

/** When a file was changed; 0 when there is none. */
const changed = (file) => stat(file).then(({ mtimeMs }) => mtimeMs, () => 0);

/** The index of `catalogue`, made where the list or the command line is newer. */
async function makeIndex(catalogue, index) {
  const commandLine = path.join(process.env.CARGO_TARGET_DIR ?? path.join(ROOT, "target"), "release/yaksearch");
  if ((await changed(index)) > Math.max(await changed(catalogue), await changed(commandLine))) return;
  console.error(`embedding ${catalogue}: minutes`);
  const given = ["index", "--model", path.join(ROOT, MODEL), "--catalogue", catalogue, "--output", index];
  execFileSync(commandLine, given, { stdio: ["ignore", "ignore", "inherit"] });
}

const options = readOptions(USAGE, {
  catalogue: undefined,
  chromium: process.env.CHROMIUM ?? "",
  out: path.join(HERE, "results/search"),
});
if (!existsSync(path.join(SITE, "pkg"))) refuse(USAGE, "the site is not built: run scripts/build");
await mkdir(options.out, { recursive: true });
const made = path.join(options.out, "catalogue.csv");
const catalogue = path.resolve(options.catalogue ?? made);
if (options.catalogue === undefined) {
  const text = await makeCatalogue(path.join(ROOT, "data"));
  if ((await readFile(made, "utf8").catch(() => "")) !== text) await writeFile(made, text);
}
const index = path.join(options.out, options.catalogue === undefined ? "made-up.index" : "given.index");
await makeIndex(catalogue, index);

const asked = parse(await readFile(path.join(ROOT, "data/evaluation/questions.csv"), "utf8"));
const step = Math.floor(asked.length / QUESTIONS);
const questions = Array.from({ length: QUESTIONS }, (_, number) => asked[number * step].text);
const texts = questions.flatMap(keystrokes);

const server = await startServer({ "/site/": SITE, "/out/": options.out, "/": path.join(HERE, "search") });
const browser = await launch(options.chromium);
const page = await (await browser.newContext()).newPage();
page.setDefaultTimeout(0);
await page.goto(`${server.address}page.html`);
await page.waitForFunction("globalThis.bench");
const call = (name, given) => page.evaluate(([name, given]) => globalThis.bench[name](given), [name, given]);

const where = { model: `${server.address}site/${MODEL}/`, file: `${server.address}out/${path.basename(index)}` };
const parts = await call("parts", { ...where, texts });
const loaded = await call("load", where);
const keys = await call("keys", texts);
const typing = await call("typing", questions.slice(0, 10).flatMap(keystrokes));
const version = browser.version();
await browser.close();
server.stop();

const machine = { cpu: os.cpus()[0].model, cores: os.cpus().length, chromium: version };
const report = { machine, ...loaded, keys: texts.length, samples: { ...parts, wait: keys }, typing };
await writeFile(path.join(options.out, "results.json"), JSON.stringify(report, null, 1) + "\n");

const row = (label, values) => {
  const [median, late, worst] = [0.5, 0.95, 1].map((q) => quantile(values, q).toFixed(values === parts.nearest ? 2 : 1));
  console.log(`| ${label} | ${median} ms | ${late} ms | ${worst} ms |`);
};
console.log(`${loaded.products} products, ${(parts.bytes / 1e6).toFixed(2)} MB; engine ${loaded.build}; ${texts.length} keys\n`);
console.log("| | median | 95th percentile | longest |\n|---|---|---|---|");
row("opening the index", parts.open);
row("the ten nearest vectors", parts.nearest);
row("embedding what was typed", parts.embedding);
row("search by names and words", parts.words);
row("search, embedding included", parts.search);
row("a key and its answer, as the page waits", keys);
console.log(
  `\nTyping without waiting: the page was late for a key by ${typing.held.toFixed(1)} ms at most, ` +
    `${typing.answered} of ${questions.slice(0, 10).flatMap(keystrokes).length} keys were answered before the next, ` +
    `the last after ${typing.last.toFixed(1)} ms.`,
);
