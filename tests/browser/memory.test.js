// A page that is used for long: memory stays as it is.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { openPage, untilReady } from "./harness/browser.js";
import { start } from "./harness/start.js";

const WORDS = ["열", "기침", "콧물", "두통", "혈압", "가려움", "설사", "소화", "위산", "알레르기"];
const SEARCHES = 1000;
/** From here on caches are filled and the allocators have what they need. */
const SETTLED = 250;

const { site, browser } = await start();

/** Bytes of the largest process that renders: the page's, with its worker and the engine's memory. */
async function residentBytes() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const sizes = processInfo
    .filter(({ type }) => type === "renderer")
    .map(async ({ id }) => Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${id}/status`, "utf8"))[1]) * 1024);
  return Math.max(...(await Promise.all(sizes)));
}

test(`${SEARCHES} searches leave the memory flat`, { skip: process.platform !== "linux" }, async () => {
  const { context, page, troubles } = await openPage(browser);
  await page.goto(site.address);
  await untilReady(page);
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable");

  const search = (from, to) =>
    page.evaluate(
      async ({ from, to, words }) => {
        const input = document.querySelector("#query");
        const results = document.querySelector("#results");
        for (let i = from; i < to; i++) {
          input.value = `${words[i % words.length]} ${i}`;
          const answered = new Promise((resolve) => {
            new MutationObserver((_, observer) => {
              observer.disconnect();
              resolve();
            }).observe(results, { childList: true });
          });
          input.form.requestSubmit();
          await answered;
        }
      },
      { from, to, words: WORDS },
    );
  const measure = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    const { Nodes, JSHeapUsedSize, JSEventListeners } = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    return { nodes: Nodes, listeners: JSEventListeners, heap: JSHeapUsedSize, resident: await residentBytes() };
  };

  await search(0, SETTLED);
  const before = await measure();
  await search(SETTLED, SEARCHES);
  const after = await measure();
  const grown = Object.fromEntries(Object.keys(before).map((key) => [key, after[key] - before[key]]));
  assert.ok(grown.nodes < 500, JSON.stringify(grown));
  assert.ok(grown.listeners < 100, JSON.stringify(grown));
  assert.ok(grown.heap < 1e6, JSON.stringify(grown));
  assert.ok(grown.resident < 16e6, JSON.stringify({ ...grown, before }));
  assert.deepEqual(troubles, []);
  await context.close();
});
