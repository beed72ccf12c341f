// axe-core finds no violation in any state of the page.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import axe from "axe-core";
import { launch, openPage, resultNames, untilReady } from "./harness/browser.js";
import { MODEL, startSite } from "./harness/site.js";

let site, browser;
before(async () => {
  site = await startSite();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

async function violations(page) {
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(", ")}`);
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

for (const colorScheme of ["light", "dark"]) {
  for (const width of [320, 1100]) {
    const open = () => openPage(browser, { colorScheme, viewport: { width, height: 800 } });
    const where = `(${colorScheme}, ${width} pixels)`;

    test(`loading ${where}`, async () => {
      const { context, page } = await open();
      await context.route(`${site.address}${MODEL}manifest.json`, () => {}); // never answered
      await page.goto(site.address);
      await page.getByRole("progressbar").waitFor();
      assert.deepEqual(await violations(page), []);
      await context.close();
    });

    test(`ready, and with results ${where}`, async () => {
      const { context, page } = await open();
      await page.goto(site.address);
      await untilReady(page);
      assert.deepEqual(await violations(page), []);
      await page.getByRole("searchbox").fill("열을 내리는 약은?");
      await resultNames(page);
      await page.locator("#results summary").first().click();
      assert.deepEqual(await violations(page), []);
      await page.locator("#filters > summary").click();
      await page.getByText("졸리지 않은", { exact: true }).click();
      await page.locator("#own > summary").click();
      await page.locator("#own-file").setInputFiles({ name: "a.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n") });
      await page.locator("#own-details li").waitFor();
      await context.setOffline(true);
      assert.deepEqual(await violations(page), []);
      await page.getByRole("searchbox").fill("내일 비행기표 예약하는 법");
      await page.locator("#status.doubt").waitFor();
      await page.getByRole("button", { name: "English" }).click();
      assert.deepEqual(await violations(page), []);
      await context.close();
    });

    test(`failed ${where}`, async () => {
      const { context, page } = await open();
      await context.route(`${site.address}${MODEL}**`, (route) => route.fulfill({ status: 404, body: "" }));
      await page.goto(site.address);
      await page.getByRole("alert").waitFor();
      await page.getByText("자세한 오류 내용").click();
      assert.deepEqual(await violations(page), []);
      await context.close();
    });
  }
}
