// The question and the filters in the page's address, which can be kept and shared.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { openPage, resultNames, untilReady } from "./harness/browser.js";
import { start } from "./harness/start.js";

const { site, browser } = await start();
let context, page, troubles;
before(async () => {
  ({ context, page, troubles } = await openPage(browser));
  await page.goto(site.address);
  await untilReady(page);
});

const box = () => page.getByRole("searchbox");
/** The part of the address after "#", once it says `key`. */
async function fragment(key) {
  await page.waitForFunction((key) => new URLSearchParams(location.hash.slice(1)).has(key), key);
  return page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
}

test("question and filters stand in the address, and an address brings them back", async () => {
  await box().fill("두통약 & 100% #1?");
  await page.locator("#filters > summary").click();
  await page.locator("[name=sale]").selectOption("otc");
  await page.locator("[name=form]").fill("정");
  await page.getByText("카페인 없는", { exact: true }).click();
  assert.deepEqual(await fragment("facts"), { q: "두통약 & 100% #1?", sale: "otc", form: "정", facts: "noCaffeine" });
  assert.equal(await page.title(), "두통약 & 100% #1? · 말로 찾는 약", "for whoever keeps a bookmark");
  const names = await resultNames(page);

  const other = await context.newPage();
  await other.goto(page.url());
  assert.deepEqual(await resultNames(other), names);
  assert.equal(await other.getByRole("searchbox").inputValue(), "두통약 & 100% #1?");
  assert.equal(await other.locator("#filters-now").textContent(), "일반의약품, 정, 카페인 없는");
  await other.close();
});

test("it adds nothing to the history, and follows links and the way back", async () => {
  const entries = await page.evaluate(() => history.length);
  await box().fill("기침");
  await page.waitForFunction(() => new URLSearchParams(location.hash.slice(1)).get("q") === "기침");
  assert.equal(await page.evaluate(() => history.length), entries);
  await page.evaluate(() => (location.hash = "q=설사&route=oral"));
  await page.waitForFunction(() => document.querySelector("#query").value === "설사");
  assert.equal(await page.locator("#filters-now").textContent(), "먹는 약");
  await page.goBack();
  await page.waitForFunction(() => document.querySelector("#query").value === "기침");
  assert.equal(await page.locator("#filters-now").textContent(), "일반의약품, 정, 카페인 없는", "with the filters of then");
});

test("without a question and filters the address is clean", async () => {
  await page.locator("#filter-form").getByRole("button", { name: "모두 지우기" }).click();
  await box().fill("");
  await page.waitForFunction(() => !location.href.includes("#"));
  assert.equal(page.url(), site.address);
  assert.equal(await page.title(), "말로 찾는 약 · yaksearch");
});

for (const [name, hash, question] of [
  ["broken escapes", "#q=%E0%A4%A&sale=%", "�%A"],
  ["choices that there are not", "#q=a&sale=gratis&route=<img src=x onerror=alert(1)>&facts=,x,&other=1", "a"],
  ["a question that is too long", `#q=${"가".repeat(5000)}`, "가".repeat(1000)],
  ["characters that cannot be shown", "#q=%00%07%F0%9F%92%8A", "\0\u0007💊"],
]) {
  test(`an address with ${name} does no harm`, async () => {
    await page.evaluate((hash) => (location.hash = hash), hash);
    await page.waitForFunction((question) => document.querySelector("#query").value === question, question);
    await page.locator("#status", { hasText: /가까운 약|확실한|찾은/ }).waitFor();
    assert.equal(await page.getByRole("alert").isVisible(), false);
    assert.equal(await page.locator("#filters-now").textContent(), "");
    assert.deepEqual(troubles, []);
  });
}
