// Nothing that is typed leaves the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, resultNames, untilReady } from "./harness/browser.js";
import { MODEL } from "./harness/site.js";
import { start } from "./harness/start.js";

const { site, browser } = await start();

test("from the first key on there is no network request at all", async () => {
  const { context, page } = await openPage(browser);
  await page.goto(site.address);
  await untilReady(page);
  const requests = [];
  context.on("request", (request) => requests.push(request.url()));
  page.on("websocket", (socket) => requests.push(socket.url()));

  const box = page.getByRole("searchbox");
  await box.pressSequentially("콧물이 나고 재채기가 나요", { delay: 20 });
  const first = await resultNames(page);
  await box.fill("혈압을 낮추는 약");
  await page.locator("#results > li:first-child").filter({ hasNotText: first[0] }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator("#results details[open]").waitFor();
  await page.locator("#map > summary").click();
  await page.locator("#map-legend li").first().waitFor();
  await page.locator("#filters > summary").click();
  await page.locator("[name=sale]").selectOption("otc");
  await page.waitForURL(/#.*sale=otc/);
  await page.getByRole("button", { name: "English" }).click();
  assert.deepEqual(requests, []);

  // The listener does hear the page and its worker, where the search runs.
  const probe = `${site.address}${MODEL}manifest.json`;
  assert.equal(page.workers().length, 1);
  await page.workers()[0].evaluate((url) => fetch(url).then((response) => response.text()), `${probe}?worker`);
  await page.evaluate((url) => fetch(url).then((response) => response.text()), `${probe}?page`);
  assert.deepEqual(requests, [`${probe}?worker`, `${probe}?page`]);
  await context.close();
});

test("once it is ready the page searches without a network", async () => {
  const { context, page } = await openPage(browser);
  await page.goto(site.address);
  await untilReady(page);
  await context.setOffline(true);
  await page.getByRole("searchbox").fill("열을 내리는 약은?");
  assert.ok((await resultNames(page)).length > 0);
  await context.close();
});

test("the page's policy lets nothing else in", async () => {
  const { context, page, troubles } = await openPage(browser);
  await page.goto(site.address);
  await untilReady(page);
  assert.deepEqual(troubles, [], "its own parts get along with the policy");
  const outcome = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "globalThis.injected = true";
    document.body.append(script);
    const elsewhere = await fetch("https://example.org/").then(
      () => "sent",
      () => "refused",
    );
    return { injected: globalThis.injected === true, elsewhere };
  });
  assert.deepEqual(outcome, { injected: false, elsewhere: "refused" });
  assert.ok(
    troubles.some((text) => text.includes("https://example.org/") && text.includes("Content Security Policy")),
    "it was the policy that refused, not the network",
  );
  await context.close();
});
