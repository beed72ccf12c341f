// What hits must fulfil beside the question.

import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { openPage, resultNames, untilReady } from "./harness/browser.js";
import { start } from "./harness/start.js";

const { site, browser } = await start();
let page;
before(async () => {
  ({ page } = await openPage(browser));
  await page.goto(site.address);
  await untilReady(page);
  await page.locator("#filters > summary").click();
});
beforeEach(reset);

async function reset() {
  await page.getByRole("searchbox").fill("");
  await page.getByRole("button", { name: "모두 지우기" }).click();
  await page.locator("#results > li").first().waitFor({ state: "detached" });
}

/** Answers to `question` with what `choose` chooses, as their texts. */
async function answers(question, choose) {
  await page.getByRole("searchbox").fill(question);
  await resultNames(page);
  await page.locator("#results > li").first().evaluate((item) => (item.id = "before"));
  await choose();
  await page.locator("#before").waitFor({ state: "detached" });
  return page.locator("#results > li").allInnerTexts();
}

test("over the counter, or on prescription", async () => {
  const sold = (kind) => answers("열을 내리는 약은?", () => page.getByLabel("구분").selectOption(kind));
  const otc = await sold("otc");
  assert.ok(otc.length > 0);
  for (const text of otc) assert.match(text, /일반의약품|판매 구분은 자료 없음/);
  assert.match(otc[0], /일반의약품/);
  await reset();
  for (const text of await sold("prescription")) assert.match(text, /전문의약품|판매 구분은 자료 없음/);
});

test("how it is taken, and its form", async () => {
  for (const text of await answers("가려움", () => page.getByLabel("쓰는 법").selectOption("skin"))) {
    assert.match(text, /크림|연고|겔|로션|외용|액|스프레이|샴푸/);
  }
  await reset();
  for (const text of await answers("기침", () => page.getByLabel("제형").fill("시럽"))) assert.match(text, /시럽/);
});

test("a company", async () => {
  const texts = await answers("감기약", () => page.getByLabel("업체").fill("동화약품"));
  for (const text of texts) assert.match(text, /동화약품/);
});

test("facts of the ingredients, with what is not known said", async () => {
  const texts = await answers("콧물약", () => page.getByText("졸리지 않은", { exact: true }).click());
  for (const text of texts) assert.doesNotMatch(text, /클로르페니라민|디펜히드라민/);
  assert.equal(await page.locator("#filters-now").textContent(), "졸리지 않은");
});

test("nothing found says that it may be the filters", async () => {
  await page.getByRole("searchbox").fill("두통약");
  await resultNames(page);
  await page.getByLabel("업체").fill("그런회사는없다");
  await page.getByText("찾은 약이 없습니다. 거르기를 풀거나 다른 말로 적어 보세요.").waitFor();
  assert.equal(await page.locator("#results > li").count(), 0);
  await page.getByRole("button", { name: "모두 지우기" }).click();
  assert.ok((await resultNames(page)).length > 0);
});

test("those with the same ingredients pass the filters, too", async () => {
  await answers("아세트아미노펜", () => page.getByLabel("구분").selectOption("otc"));
  const first = page.locator("#results > li").filter({ has: page.locator(".more") }).first();
  const more = Number(/(\d+)가지 더/.exec(await first.locator(".more").textContent())?.[1]);
  await first.locator("summary").click();
  await first.locator(".alike li").first().waitFor();
  const texts = await first.locator(".alike li").allInnerTexts();
  assert.equal(texts.length, more);
  for (const text of texts) assert.match(text, /일반의약품/);
});
