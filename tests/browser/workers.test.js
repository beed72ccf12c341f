// Bulk work on several workers, and the engine's two builds beside each other.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { openBlank, untilWorkers } from "./harness/browser.js";
import { letCrash } from "./harness/crash.js";
import { MODEL } from "./harness/site.js";
import { start } from "./harness/start.js";

const { site, browser } = await start();
let context, page, troubles;
before(async () => {
  ({ context, page, troubles } = await openBlank(browser, site.address));
  await page.evaluate((model) => {
    globalThis.model = model;
    globalThis.texts = Array.from({ length: 75 }, (_, i) => `${i}번 약은 ${"열을 내리고 통증을 줄이는 ".repeat(i % 4)}약입니다`);
    globalThis.embed = async (options, given = texts) => {
      globalThis.embedder = await Embedder.load(model, options);
      return Array.from(await embedder.embed(given, { role: "passage" }));
    };
  }, MODEL);
});

test("two workers give the vectors of one, to the bit, and end with the embedder", async () => {
  const one = await page.evaluate(async () => {
    const vectors = await embed({ workers: 1 });
    embedder.dispose();
    return vectors;
  });
  await untilWorkers(page, 0);
  const two = await page.evaluate(() => embed({ workers: 2 }));
  await untilWorkers(page, 2);
  assert.equal(one.length, 75 * 384);
  assert.deepEqual(two, one);
  await page.evaluate(() => embedder.dispose());
  await untilWorkers(page, 0);
});

test("a few texts start no other worker", async () => {
  await page.evaluate(() => embed({ workers: 4 }, texts.slice(0, 8)));
  await untilWorkers(page, 1);
  await page.evaluate(() => embedder.dispose());
  await untilWorkers(page, 0);
});

test("bulk work tells its progress, can be aborted, and leaves the embedder usable", async () => {
  const { progress, aborted, after } = await page.evaluate(async () => {
    const embedder = await Embedder.load(model, { workers: 2 });
    const progress = [];
    await embedder.embed(texts, { role: "passage", onProgress: ({ done, total }) => progress.push([done, total]) });
    const controller = new AbortController();
    const call = embedder.embed(texts, {
      role: "passage",
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    const aborted = await call.then(
      () => null,
      (error) => error.message,
    );
    const after = await embedder.embed(["두통"], { role: "query" });
    embedder.dispose();
    return { progress, aborted, after: after.length };
  });
  assert.deepEqual(progress.at(-1), [75, 75]);
  for (let i = 1; i < progress.length; i++) assert.ok(progress[i][0] > progress[i - 1][0]);
  assert.equal(aborted, "enough");
  assert.equal(after, 384);
});

test("a crash of any worker fails the bulk work with an error that says so, and the next works", async () => {
  const other = await openBlank(browser, site.address);
  await letCrash(other.context, site.address);
  const outcome = await other.page.evaluate(async (model) => {
    const embedder = await Embedder.load(model, { workers: 2 });
    const texts = Array.from({ length: 80 }, (_, i) => `${i}번 약`);
    const codes = [];
    // Somewhere in the list: whichever worker takes it.
    for (const at of [3, 40, 79]) {
      const list = texts.with(at, "crash");
      codes.push(await embedder.embed(list, { role: "passage" }).catch((error) => error.code));
    }
    const { length } = await embedder.embed(texts, { role: "passage" });
    embedder.dispose();
    return { codes, length };
  }, MODEL);
  assert.deepEqual(outcome, { codes: ["crashed", "crashed", "crashed"], length: 80 * 384 });
  await untilWorkers(other.page, 0);
  await other.context.close();
});

test("a number of workers that is none is refused", async () => {
  for (const workers of [0, 1.5, "2"]) {
    const message = await page.evaluate(
      (workers) =>
        Embedder.load(model, { workers }).then(
          () => null,
          (error) => error.message,
        ),
      workers,
    );
    assert.match(message ?? "", /^workers is .*; give a whole number from 1 on/);
  }
});

test("the two builds of the engine give the same vectors, to the bit", async () => {
  const builds = {};
  for (const engine of ["simd128", "relaxed"]) {
    const { vectors, facts } = await page.evaluate(async (engine) => {
      const vectors = await embed({ engine, workers: 1 }, texts.slice(0, 16));
      const facts = { ...embedder.facts };
      embedder.dispose();
      return { vectors, facts };
    }, engine);
    assert.equal(facts.engine, engine);
    // How the relaxed build multiplies depends on the machine.
    assert.ok(facts.backend.startsWith(engine === "relaxed" ? "relaxed-simd" : "simd128"), facts.backend);
    builds[engine] = vectors;
  }
  assert.deepEqual(builds.relaxed, builds.simd128);
});

test("nothing was logged as an error meanwhile", async () => {
  assert.deepEqual(troubles, []);
  await context.close();
});
