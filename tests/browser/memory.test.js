// A page that is used for long: memory stays as it is.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { openPage, untilReady } from "./harness/browser.js";
import { SEARCHES, SETTLED, searchMany } from "./harness/many-searches.js";
import { start } from "./harness/start.js";

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

  const measure = async () => {
    // Twice: what held a list of results during the first may be garbage itself.
    for (let i = 0; i < 2; i++) await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    const { Nodes, JSHeapUsedSize, JSEventListeners } = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    return { nodes: Nodes, listeners: JSEventListeners, heap: JSHeapUsedSize, resident: await residentBytes() };
  };

  await page.evaluate(searchMany, { from: 0, to: SETTLED });
  const before = await measure();
  await page.evaluate(searchMany, { from: SETTLED, to: SEARCHES });
  const after = await measure();
  const grown = Object.fromEntries(Object.keys(before).map((key) => [key, after[key] - before[key]]));
  assert.ok(grown.nodes < 500, JSON.stringify(grown));
  assert.ok(grown.listeners < 100, JSON.stringify(grown));
  assert.ok(grown.heap < 1e6, JSON.stringify(grown));
  assert.ok(grown.resident < 16e6, JSON.stringify({ ...grown, before }));
  assert.deepEqual(troubles, []);
  await context.close();
});
