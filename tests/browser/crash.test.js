// A trap in the engine fails the calls under way; the next call finds a fresh engine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openBlank, untilWorkers } from "./harness/browser.js";
import { letCrash } from "./harness/crash.js";
import { MODEL } from "./harness/site.js";
import { start } from "./harness/start.js";

const { site, browser } = await start();

/** A page whose engine traps when it is to embed the text "crash". */
async function openCrashing() {
  const opened = await openBlank(browser, site.address);
  await letCrash(opened.context, site.address);
  await opened.page.evaluate(async () => {
    globalThis.events = [];
    const onProgress = ({ phase }) => events.push(phase);
    globalThis.embedder = await Embedder.load("models/yak-e5-small-ko/", { onProgress });
    globalThis.index = await Index.load("data/catalogue.index", embedder);
    globalThis.rejection = (promise) => promise.then(() => null, ({ code, message }) => ({ code, message }));
    globalThis.crash = () => rejection(embedder.embed(["crash"], { role: "raw" }));
  });
  return opened;
}

test("calls under way fail with an error that says so; the next ones work", async () => {
  const { context, page } = await openCrashing();
  const outcome = await page.evaluate(async () => {
    const before = await index.search("기침");
    const vector = await embedder.embed(["기침"], { role: "query" });
    const failed = await Promise.all([
      crash(),
      rejection(embedder.embed(["a"], { role: "raw" })),
      rejection(index.search("기침")),
    ]);
    events.length = 0;
    const after = await index.search("기침");
    const again = await embedder.embed(["기침"], { role: "query" });
    const sameVector = vector.every((value, i) => value === again[i]);
    return { failed, sameHits: JSON.stringify(before) === JSON.stringify(after), sameVector, events };
  });
  for (const error of outcome.failed) {
    assert.equal(error.code, "crashed");
    assert.match(error.message, /^the engine crashed \(unreachable\).*the next call starts a fresh one$/);
  }
  assert.equal(outcome.sameHits, true);
  assert.equal(outcome.sameVector, true);
  assert.equal(outcome.events[0], "engine", "the reload tells its phases");
  assert.equal(outcome.events.at(-1), "ready");
  await untilWorkers(page, 1); // the crashed one is gone
  await context.close();
});

test("it survives one crash after another", async () => {
  const { context, page } = await openCrashing();
  const outcome = await page.evaluate(async () => {
    const codes = [];
    for (let i = 0; i < 3; i++) codes.push((await crash()).code);
    return { codes, hits: (await index.search("기침", { topK: 5 })).length };
  });
  assert.deepEqual(outcome, { codes: ["crashed", "crashed", "crashed"], hits: 5 });
  await context.close();
});

test("without a network the reload fails with its reason, and works when the network is back", async () => {
  const { context, page } = await openCrashing();
  await page.evaluate(() => crash());
  await context.setOffline(true);
  const offline = await page.evaluate(() => rejection(index.search("기침")));
  assert.equal(offline.code, "worker");
  assert.match(offline.message, /did not load\); check the connection/);
  await context.setOffline(false);
  assert.equal(await page.evaluate(async () => (await index.search("기침")).length), 10);
  await context.close();
});

test("another model at the same address is refused after a crash", async () => {
  const { context, page } = await openCrashing();
  await context.route(`${site.address}pkg/yaksearch.js`, async (route) => {
    const response = await route.fetch();
    // The identity is over the files; a glue that reports another stands in for a whole other model.
    const other = `
      const facts = Embedder.prototype.facts;
      Embedder.prototype.facts = function () { return { ...facts.call(this), identity: "0".repeat(64) }; };`;
    await route.fulfill({ response, body: (await response.text()) + other });
  });
  await page.evaluate(() => crash());
  const error = await page.evaluate(() => rejection(embedder.embed(["a"], { role: "raw" })));
  assert.equal(error.code, "changed");
  assert.match(error.message, new RegExp(`^${site.address}${MODEL} holds another model than before`));
  await context.close();
});

test("dispose during the reload ends it", async () => {
  const { context, page } = await openCrashing();
  const error = await page.evaluate(async () => {
    await crash();
    events.length = 0;
    const call = rejection(index.search("기침"));
    while (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    embedder.dispose();
    return call;
  });
  assert.equal(error.code, "disposed");
  await untilWorkers(page, 0);
  await context.close();
});

test("a ranking that crashes says so, and the next one works", async () => {
  const { context, page } = await openCrashing();
  const outcome = await page.evaluate(async () => {
    const { code } = await rejection(embedder.rank("열", [...Array(20).fill("약"), "crash"]));
    return { code, ranked: (await embedder.rank("열", ["해열제", "소화제"])).length };
  });
  assert.deepEqual(outcome, { code: "crashed", ranked: 2 });
  await context.close();
});

test("a worker that is lost between two calls of one job fails that job", async () => {
  const { context, page } = await openCrashing();
  // A list's worker waits while its texts are embedded: what ends it then must not leave the list waiting for ever.
  const error = await page.evaluate(async () => {
    const { Connection } = await import("./lib/connection.js");
    const lost = [];
    const connection = new Connection((error) => lost.push(error.code));
    await connection.call("load", { url: new URL("models/yak-e5-small-ko/", location.href).href, build: "auto" });
    const crashed = await rejection(connection.call("embed", { texts: ["crash"], role: "raw" }));
    const later = await rejection(connection.call("embed", { texts: ["a"], role: "raw" }));
    return { crashed: crashed.code, later: later.code, lost };
  });
  assert.deepEqual(error, { crashed: "crashed", later: "crashed", lost: ["crashed"] });
  await context.close();
});
