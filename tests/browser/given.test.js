// Models and indexes from bytes that the caller has, in place of addresses.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { openBlank, untilWorkers } from "./harness/browser.js";
import { letCrash } from "./harness/crash.js";
import { MODEL } from "./harness/site.js";
import { start } from "./harness/start.js";

const { site, browser } = await start();
let context, page, asked;
before(async () => {
  ({ context, page } = await openBlank(browser, site.address));
  await page.evaluate(async (model) => {
    const bytesOf = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
    const { files } = await (await fetch(`${model}manifest.json`)).json();
    const names = ["manifest.json", ...files.map(({ name }) => name)];
    globalThis.model = model;
    globalThis.files = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await bytesOf(model + name)])));
    globalThis.catalogue = await bytesOf("data/catalogue.index");
    globalThis.rejection = (promise) => promise.then(() => null, ({ code, message }) => ({ code, message }));
    globalThis.embed = async (source, options) => {
      const embedder = await Embedder.load(source, options);
      const texts = Array.from({ length: 75 }, (_, i) => `${i}번 약은 열을 내리는 약입니다`);
      const vectors = Array.from(await embedder.embed(texts, { role: "passage" }));
      const { identity, cached } = embedder.facts;
      embedder.dispose();
      return { vectors, identity, cached };
    };
  }, MODEL);
  asked = [];
  context.on("request", (request) => asked.push(request.url()));
});

test("a model's bytes give what its address gives, without asking for it, on several workers too", async () => {
  const { given, fetched } = await page.evaluate(async () => ({
    given: await embed(files, { workers: 2, cache: true }),
    fetched: await embed(model, { workers: 1 }),
  }));
  assert.deepEqual(given.vectors, fetched.vectors);
  assert.equal(given.identity, fetched.identity);
  assert.equal(given.cached, false, "bytes that the caller has are not kept a second time");
  assert.equal(asked.filter((url) => url.endsWith("model.safetensors")).length, 1);
  await untilWorkers(page, 0);
});

test("buffers and views of a part of one serve too, and stay the caller's", async () => {
  const { same, length } = await page.evaluate(async () => {
    const padded = new Uint8Array(files["config.json"].length + 10).fill(65);
    padded.set(files["config.json"], 5);
    const view = new DataView(padded.buffer, 5, files["config.json"].length);
    const mixed = { ...files, "config.json": view, "tokenizer.json": files["tokenizer.json"].buffer };
    const given = await embed(mixed);
    const { identity } = await embed(files);
    return { same: given.identity === identity, length: files["tokenizer.json"].length };
  });
  assert.equal(same, true);
  assert.ok(length > 0);
});

test("an index's bytes give what its address gives", async () => {
  const [given, fetched] = await page.evaluate(async () => {
    const embedder = await Embedder.load(files);
    const indexes = [await Index.load(catalogue, embedder), await Index.load("data/catalogue.index", embedder)];
    const answers = await Promise.all(indexes.map((index) => index.ask("졸리지 않은 콧물약")));
    embedder.dispose();
    return answers;
  });
  assert.equal(given.hits.length, 10);
  assert.deepEqual(given, fetched);
});

test("after a crash both come back from the bytes", async () => {
  const crashing = await openBlank(browser, site.address);
  await letCrash(crashing.context, site.address);
  const outcome = await crashing.page.evaluate(async (model) => {
    const bytesOf = async (url) => (await fetch(url)).arrayBuffer();
    const { files } = await (await fetch(`${model}manifest.json`)).json();
    const names = ["manifest.json", ...files.map(({ name }) => name)];
    const given = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await bytesOf(model + name)])));
    const embedder = await Embedder.load(given);
    const index = await Index.load(await bytesOf("data/catalogue.index"), embedder);
    const code = await embedder.embed(["crash"], { role: "raw" }).catch((error) => error.code);
    return { code, hits: (await index.search("기침")).length };
  }, MODEL);
  assert.deepEqual(outcome, { code: "crashed", hits: 10 });
  await crashing.context.close();
});

const BROKEN = [
  ["a file that is missing", `{ ...files, "tokenizer.json": undefined }`, "input", /^the file "tokenizer\.json" is no address and no bytes/],
  ["a file that the manifest lists and nobody gave", `without("config.json")`, "not-found", /^config\.json is not among the given files; give its bytes/],
  ["no manifest and no model", `{ "README.md": new Uint8Array(1) }`, "not-found", /^modules\.json is not among the given files/],
  ["another file than listed", `{ ...files, "config.json": files["config.json"].map((byte, i) => (i === 3 ? byte ^ 1 : byte)) }`, "hash", /^config\.json: the given config\.json has another SHA-256/],
  ["a file that was cut short", `{ ...files, "config.json": files["config.json"].subarray(1) }`, "truncated", /^config\.json: /],
  ["no files", `{}`, "input", /^the model is no address and no files; give its folder's URL, or \{ name: bytes \}/],
  ["one file's bytes", `new ArrayBuffer(8)`, "input", /^the model is no address and no files/],
  ["a list of files", `[files["config.json"]]`, "input", /^the model is no address and no files/],
  ["nothing", `null`, "input", /^the model is no address and no files/],
  ["bytes that were transferred elsewhere", `{ ...files, "config.json": transferred() }`, "input", /^the file "config\.json" was transferred elsewhere/],
];

for (const [name, source, code, message] of BROKEN) {
  test(`refused: ${name}`, async () => {
    const error = await page.evaluate((source) => {
      const without = (name) => Object.fromEntries(Object.entries(files).filter(([other]) => other !== name));
      const transferred = () => {
        const { buffer } = files["config.json"].slice();
        const view = new Uint8Array(buffer);
        structuredClone(buffer, { transfer: [buffer] });
        return view;
      };
      return rejection(Embedder.load(eval(`(${source})`)));
    }, source);
    assert.equal(error?.code, code, error?.message);
    assert.match(error.message, message);
    await untilWorkers(page, 0);
  });
}

test("an index of no bytes, or of no index, is refused, and its embedder works on", async () => {
  const { errors, length } = await page.evaluate(async () => {
    const embedder = await Embedder.load(files);
    const sources = [7, null, new Uint8Array(0), catalogue.slice(0, 1000), catalogue.slice(1)];
    const errors = [];
    for (const source of sources) errors.push(await rejection(Index.load(source, embedder)));
    const index = await Index.load(catalogue, embedder);
    embedder.dispose();
    return { errors, length: index.length };
  });
  assert.deepEqual(errors.map(({ code }) => code), ["input", "input", "engine", "engine", "engine"]);
  assert.ok(length > 300);
});
