// yaksearch and transformers.js, turn by turn in one Chromium, on the same texts.
//
// In every round each peer is opened in a fresh profile, loads, and is measured in turns so short that both meet the
// same moments of the machine; who goes first changes with the round. Speeds are compared round by round.

import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.js";
import { wasmMemory } from "./memory.js";
import { readOptions, refuse } from "./options.js";
import { format, plot } from "./plot.js";
import { startServer } from "./server.js";
import { quantile, summary } from "./statistics.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const SITE = path.join(HERE, "../../www");
/** Tokens of a text, and how often it is embedded in a turn. */
const LENGTHS = { 16: 20, 64: 6, 256: 2 };
const TURNS = 3;

const USAGE = `usage: scripts/bench-browser --peer-model FOLDER [options]

  --peer-model FOLDER  the same weights for transformers.js: config.json, tokenizer.json, tokenizer_config.json and
                       onnx/model_quantized.onnx (or the file that --dtype names)
  --dtype NAME         which of them: q8 (default), fp32
  --engine NAME        which of yaksearch's builds: auto (default), simd128, relaxed
  --rounds N           default 5
  --chromium FILE      default: CHROMIUM, or chromium on PATH
  --out FOLDER         for results.json and results.svg; default benches/browser/results

Build the site first (scripts/build), and leave the machine alone meanwhile.`;

const fail = (message) => refuse(USAGE, message);

function checkedOptions() {
  const values = readOptions(USAGE, {
    "peer-model": undefined,
    dtype: "q8",
    engine: "auto",
    rounds: "5",
    chromium: process.env.CHROMIUM ?? "",
    out: path.join(HERE, "results"),
  });
  if (!values["peer-model"]) fail("--peer-model is needed");
  const onnx = path.join(values["peer-model"], "onnx", values.dtype === "fp32" ? "model.onnx" : "model_quantized.onnx");
  if (!["q8", "fp32"].includes(values.dtype)) fail(`--dtype ${values.dtype}: give q8 or fp32`);
  if (!existsSync(onnx)) fail(`${onnx} is missing: export the checkpoint to ONNX as transformers.js wants it`);
  if (!existsSync(path.join(SITE, "pkg"))) fail("the site is not built: run scripts/build");
  if (!/^[1-9]\d*$/.test(values.rounds)) fail(`--rounds ${values.rounds}: give a whole number from 1 on`);
  return { ...values, peerModel: path.resolve(values["peer-model"]), rounds: Number(values.rounds) };
}

const options = checkedOptions();
const texts = JSON.parse(await readFile(path.join(HERE, "texts.json"), "utf8"));
const questions = Object.fromEntries(Object.entries(texts.tokens).map(([tokens, text]) => [tokens, `query: ${text}`]));
const passages = texts.passages.map((text) => `passage: ${text}`);

const server = await startServer({
  "/site/": SITE,
  "/modules/": path.join(HERE, "node_modules"),
  "/peer/": options.peerModel,
  "/": HERE,
});
const browser = await launch(options.chromium);

/** Both projects with one worker or thread, then both with two. */
const PEERS = [1, 2].flatMap((count) => [
  {
    name: "yaksearch",
    module: "./peers/yaksearch.js",
    parameters: { site: "/site/", engine: options.engine, workers: count },
  },
  {
    name: `transformers.js ${options.dtype}`,
    module: "./peers/transformers.js",
    parameters: { modules: "/modules/", model: "/peer/", dtype: options.dtype, threads: count },
  },
]);
const measured = PEERS.map(() => ({
  info: null,
  load: [],
  bytes: [],
  latency: Object.fromEntries(Object.keys(LENGTHS).map((tokens) => [tokens, []])),
  throughput: [],
  memory: { loaded: [], used: [] },
}));
const cosines = [];

/** Opens peer `i` in a profile of its own and loads it. */
async function open(i) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  await page.goto(`${server.address}page.html`);
  await page.waitForFunction("globalThis.bench");
  server.take();
  const { module, parameters } = PEERS[i];
  const loaded = await page.evaluate((given) => globalThis.bench.load(...given), [module, parameters, questions[16]]);
  measured[i].info = loaded.info;
  return { context, page, loaded, bytes: server.take() };
}

const throughput = (page) => page.evaluate((texts) => globalThis.bench.throughput(texts), passages);

for (let round = 0; round < options.rounds; round++) {
  const order = round % 2 === 0 ? [0, 1] : [1, 0];
  const opened = [];
  for (const i of order) {
    opened[i] = await open(i);
    measured[i].load.push(opened[i].loaded.ms / 1000);
    measured[i].bytes.push(opened[i].bytes);
    measured[i].memory.loaded.push(await wasmMemory(opened[i].context, opened[i].page));
  }
  const [ours, theirs] = opened.map(({ loaded }) => loaded.vector);
  cosines.push(ours.reduce((sum, value, i) => sum + value * theirs[i], 0));

  // For a second or so after a load, Chromium still compiles what is used most, beside whoever is measured.
  for (const i of order) await throughput(opened[i].page);
  for (const [tokens, times] of Object.entries(LENGTHS)) {
    const samples = [[], []];
    for (let turn = 0; turn < TURNS; turn++) {
      for (const i of order) {
        const given = [questions[tokens], times];
        samples[i].push(...(await opened[i].page.evaluate((given) => globalThis.bench.latency(...given), given)));
      }
    }
    for (const i of order) measured[i].latency[tokens].push(samples[i]);
  }
  for (const i of order) {
    measured[i].throughput.push(await throughput(opened[i].page));
    measured[i].memory.used.push(await wasmMemory(opened[i].context, opened[i].page));
    await opened[i].context.close();
  }
  for (const i of order.map((i) => i + 2)) {
    const { context, page } = await open(i);
    measured[i].throughput.push(await throughput(page));
    await context.close();
  }
  console.error(`round ${round + 1} of ${options.rounds} done`);
}
const version = browser.version();
await browser.close();
server.stop();

/** How many times better ours is, round by round: `better` gives one round's figure. */
function ratio(better) {
  const values = Array.from({ length: options.rounds }, (_, round) => better(round));
  return { median: quantile(values, 0.5), lowest: Math.min(...values), highest: Math.max(...values) };
}

const median = (values) => quantile(values, 0.5);
const [ours, theirs] = measured;

/** A row of figures of which less is better, or more. */
const less = (label, unit, of) => ({
  label,
  unit,
  values: [ours, theirs].map((peer) => summary(of(peer).flat())),
  ratio: ratio((round) => median([of(theirs)[round]].flat()) / median([of(ours)[round]].flat())),
});
const more = (label, unit, [ours, theirs]) => ({
  label,
  unit,
  values: [ours, theirs].map((peer) => summary(peer.throughput)),
  ratio: ratio((round) => ours.throughput[round] / theirs.throughput[round]),
});
const megabytes = (bytes) => bytes.map((bytes) => bytes / 1e6);
const rows = [
  ...Object.keys(LENGTHS).map((tokens) => less(`${tokens} tokens`, "ms", (peer) => peer.latency[tokens])),
  more("bulk, one worker", "texts/s", measured.slice(0, 2)),
  more("bulk, two workers", "texts/s", measured.slice(2)),
  less("first embedding after", "s", (peer) => peer.load),
  less("bytes fetched", "MB", (peer) => megabytes(peer.bytes)),
  less("wasm memory, loaded", "MB", (peer) => megabytes(peer.memory.loaded)),
  less("wasm memory, in use", "MB", (peer) => megabytes(peer.memory.used)),
];

const names = PEERS.slice(0, 2).map(({ name }, i) => name.replace(/^\S+/, `$& ${measured[i].info.version}`));
const report = {
  machine: { cpu: os.cpus()[0].model, cores: os.cpus().length, chromium: version },
  rounds: options.rounds,
  peers: PEERS.map(({ name }, i) => ({ name, info: measured[i].info })),
  cosine: summary(cosines),
  rows,
  samples: measured,
};
await mkdir(options.out, { recursive: true });
await writeFile(path.join(options.out, "results.json"), JSON.stringify(report, null, 1) + "\n");
await writeFile(path.join(options.out, "results.svg"), plot(names, rows));

const cell = ({ median, p10, p90 }, unit) => `${format(median)} ${unit} (${format(p10)} to ${format(p90)})`;
console.log(`| | ${names.join(" | ")} | better by |\n|---|---|---|---|`);
for (const { label, unit, values, ratio } of rows) {
  const by = `${ratio.median.toFixed(2)}x (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)})`;
  console.log(`| ${label} | ${values.map((value) => cell(value, unit)).join(" | ")} | ${by} |`);
}
console.error(`written to ${options.out}`);
