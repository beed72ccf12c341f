// dispose() gives memory back: what the system counts for the page's process, workers included.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, test } from "node:test";
import { openBlank, untilWorkers } from "./harness/browser.js";
import { MODEL } from "./harness/site.js";
import { start } from "./harness/start.js";

const MB = 2 ** 20;
/** Of a model in a worker, at the least: its weights alone are more. */
const MODEL_MB = 27;
/** What a process may hold more after the cycles than before: half of what one model that stays behind would add. */
const SLACK_MB = MODEL_MB / 2;

const { site, browser } = await start();
let context, page, session, processes;
beforeEach(async () => {
  ({ context, page } = await openBlank(browser, site.address));
  session = await context.newCDPSession(page);
  processes = await browser.newBrowserCDPSession();
  await page.evaluate((model) => {
    globalThis.load = async () => {
      const embedder = await Embedder.load(model);
      const index = await Index.load("data/catalogue.index", embedder);
      await index.search("열을 내리는 약은?");
      return { embedder, index };
    };
    globalThis.cycle = async () => (await load()).embedder.dispose();
  }, MODEL);
});
afterEach(() => context.close());

/** Bytes of the machine's memory that the process holds. */
async function residentOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => ""); // gone meanwhile
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

/** The process of the page: with a model, it is the largest. */
async function pageProcess() {
  const { processInfo } = await processes.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  const sizes = await Promise.all(renderers.map(async ({ id }) => ({ id, bytes: await residentOf(id) })));
  return sizes.sort((a, b) => b.bytes - a.bytes)[0].id;
}

/** Megabytes of the process once all that is garbage is collected: the least of a few looks. */
async function settled(pid) {
  let least = Infinity;
  for (let look = 0; look < 10; look++) {
    await session.send("HeapProfiler.collectGarbage");
    least = Math.min(least, await residentOf(pid));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return least / MB;
}

const skip = process.platform !== "linux" && "the sizes of processes are read from /proc";

test("after twenty embedders were loaded and disposed of the page holds no more than before", { skip }, async () => {
  await page.evaluate(async () => Object.assign(globalThis, await load()));
  const pid = await pageProcess();
  const loaded = await settled(pid);
  await page.evaluate(() => embedder.dispose());
  for (let i = 0; i < 4; i++) await page.evaluate(() => cycle()); // what a process keeps for next time is there then
  await untilWorkers(page, 0);
  const before = await settled(pid);
  for (let i = 0; i < 20; i++) await page.evaluate(() => cycle());
  await untilWorkers(page, 0);
  const after = await settled(pid);
  assert.ok(after - before < SLACK_MB, `${before} MB before, ${after} MB after`);

  // The look does see a model: one that is not disposed of, and that the first one's end gave its memory back.
  await page.evaluate(async () => Object.assign(globalThis, await load()));
  const kept = await settled(pid);
  assert.ok(kept - after > MODEL_MB, `${after} MB without a model, ${kept} MB with one`);
  assert.ok(loaded - before > MODEL_MB, `${loaded} MB with a model, ${before} MB without one`);
});

test("after forty indexes were loaded and disposed of their engine holds no more than before", async () => {
  await page.evaluate(async () => Object.assign(globalThis, await load()));
  const reopen = (times) =>
    page.evaluate(async (times) => {
      for (let i = 0; i < times; i++) {
        const other = await Index.load("data/catalogue.index", embedder);
        await other.search("기침");
        other.dispose();
      }
      await embedder.embed(["기침"], { role: "query" }); // behind the last one's end
    }, times);
  const [worker] = page.workers();
  // The worker's own instance of the module: its memory grows, and never shrinks.
  const memory = () =>
    worker.evaluate(async (url) => (await (await import(url)).default()).memory.buffer.byteLength, `${site.address}pkg/yaksearch.js`);
  await reopen(2);
  const before = await memory();
  assert.ok(before > MODEL_MB * MB);
  await reopen(40);
  const after = await memory();
  const file = await page.evaluate(async () => (await (await fetch("data/catalogue.index")).blob()).size);
  assert.ok(after - before < file, `${before} bytes before, ${after} bytes after; the index file has ${file}`);
});
