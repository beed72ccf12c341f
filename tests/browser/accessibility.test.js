// axe-core finds no violation in any state of the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import axe from "axe-core";
import { openPage, resultNames, untilReady } from "./harness/browser.js";
import { MODEL } from "./harness/site.js";
import { start } from "./harness/start.js";

const { site, browser } = await start();

async function violations(page) {
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(", ")}`);
}

/** As every visitor sees it: light and dark, narrow and wide. */
async function assertSound(page, state) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of [320, 1100]) {
      await page.setViewportSize({ width, height: 800 });
      assert.deepEqual(await violations(page), [], `${state}, ${colorScheme}, ${width} pixels`);
    }
  }
}

test("axe does find what is wrong", async () => {
  const { context, page } = await openPage(browser);
  await page.goto(site.address);
  await untilReady(page);
  await page.locator("label[for=query]").evaluate((label) => label.remove());
  await page.locator("#query").evaluate((input) => input.removeAttribute("placeholder"));
  const found = await violations(page);
  assert.ok(found.includes("label: #query"), String(found));
  await context.close();
});

test("loading", async () => {
  const { context, page } = await openPage(browser);
  await context.route(`${site.address}${MODEL}manifest.json`, () => {}); // never answered
  await page.goto(site.address);
  await page.getByRole("progressbar").waitFor();
  await assertSound(page, "loading");
  await context.close();
});

test("ready, with results, filters and a list, offline, unsure, in English", async () => {
  const { context, page } = await openPage(browser);
  await page.goto(site.address);
  await untilReady(page);
  await assertSound(page, "ready");
  await page.getByRole("searchbox").fill("이부프로펜 말고 열을 내리는 약");
  await resultNames(page);
  await page.locator("#results li", { has: page.locator(".more") }).locator("summary").first().click();
  await page.locator(".alike li").first().waitFor();
  await assertSound(page, "results");

  await page.locator("#filters > summary").click();
  await page.getByText("졸리지 않은", { exact: true }).click();
  await page.locator("#own > summary").click();
  await page.locator("#own-file").setInputFiles({ name: "a.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n") });
  await page.locator("#own-details li").waitFor();
  await context.setOffline(true);
  await page.locator("#update").evaluate((banner) => (banner.hidden = false));
  await assertSound(page, "filters, a file that is no list, offline, a new version");

  await page.getByRole("searchbox").fill("내일 비행기표 예약하는 법");
  await page.locator("#status.doubt").waitFor();
  await page.getByRole("button", { name: "English" }).click();
  await assertSound(page, "unsure, in English");
  await context.close();
});

test("the map", async () => {
  const { context, page } = await openPage(browser);
  await page.goto(site.address);
  await untilReady(page);
  await page.locator("#map > summary").click();
  await page.locator("#map-legend li").first().waitFor();
  await assertSound(page, "the map");
  await page.getByRole("searchbox").fill("열을 내리는 약");
  await page.locator("#map-canvas[aria-label*=질문]").waitFor();
  await page.locator("#map-canvas").hover();
  await page.getByRole("button", { name: "English" }).click();
  await assertSound(page, "the map with a question, in English");
  await context.close();
});

test("failed", async () => {
  const { context, page } = await openPage(browser);
  await context.route(`${site.address}${MODEL}**`, (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto(site.address);
  await page.getByRole("alert").waitFor();
  await page.getByText("자세한 오류 내용").click();
  await assertSound(page, "failed");
  await context.close();
});
