// The page in English, at a click.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, resultNames, untilReady } from "./harness/browser.js";
import { MODEL } from "./harness/site.js";
import { start } from "./harness/start.js";

const { site, browser } = await start();

/** What is seen and read aloud, but for products and examples, which are Korean in every language. */
const spoken = (page) =>
  page.evaluate(() => {
    const body = document.body.cloneNode(true);
    for (const korean of body.querySelectorAll("[lang=ko], #language, #loading[hidden] .phase, input")) korean.remove();
    const labels = [...document.querySelectorAll("[aria-label]")].map((element) => element.ariaLabel);
    return [document.title, body.textContent.replace(/\s+/g, " "), ...labels].join("\n");
  });

test("English says everything that Korean says, and is remembered", async () => {
  const { context, page, troubles } = await openPage(browser);
  await page.goto(site.address);
  await untilReady(page);
  const korean = await spoken(page);
  await page.getByRole("button", { name: "English" }).click();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  const english = await spoken(page);
  // Names that have no English ones stay.
  assert.doesNotMatch(english.replaceAll("e약은요", ""), /[가-힣]|undefined/);

  await page.reload();
  await page.locator("#status", { hasText: /^Ready to search \d+ medicines\.$/ }).waitFor();
  assert.equal(await spoken(page), english);
  await page.getByRole("button", { name: "한국어" }).click();
  assert.equal(await spoken(page), korean);
  assert.deepEqual(troubles, []);
  await context.close();
});

test("results, notes and filters change with it", async () => {
  const { context, page } = await openPage(browser);
  await page.goto(`${site.address}#${new URLSearchParams({ q: "졸리지 않은 콧물약", sale: "otc" })}`);
  const names = await resultNames(page);
  await page.getByRole("button", { name: "English" }).click();
  assert.deepEqual(await resultNames(page), names);
  assert.equal(await page.locator("#filters-now").textContent(), "over the counter");
  await page.locator("#results .badge", { hasText: "over the counter" }).first().waitFor();
  for (const part of ["#status", "#notes", "#results .why"]) {
    const texts = await page.locator(part).allTextContents();
    assert.ok(texts.length > 0, part);
    // Purposes and known questions are quoted as they are.
    for (const text of texts) assert.match(text, /^(?=.*[a-z])|^$/i, part);
  }
  await context.close();
});

test("a failure and the state of the network are said in it", async () => {
  const { context, page } = await openPage(browser);
  await context.route(`${site.address}${MODEL}**`, (route) => route.fulfill({ status: 503, contentType: "text/plain", body: "" }));
  await page.goto(site.address);
  await page.getByRole("heading", { name: "서버에 문제가 있습니다" }).waitFor();
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "The server is in trouble" }).waitFor();
  await context.setOffline(true);
  await page.getByText("No internet right now").waitFor();
  await context.close();
});
