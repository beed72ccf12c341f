// The page as a person uses it.

import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { openPage, resultNames, untilReady } from "./harness/browser.js";
import { MODEL, startCompressing } from "./harness/site.js";
import { start } from "./harness/start.js";

const QUESTION = "열을 내리는 약은?";

const { site, browser } = await start();
/** A page that is ready: tests that need no fresh one share it, and leave nothing in the box. */
let shared;
before(async () => {
  shared = await openPage(browser);
  await shared.page.goto(site.address);
  await untilReady(shared.page);
});
afterEach(async () => {
  const { page } = shared;
  await page.getByRole("searchbox").fill("");
  await page.locator("#results > li").first().waitFor({ state: "detached" });
});

test("a question ranks real drugs", async () => {
  const { context, page, troubles } = await openPage(browser);
  await page.goto(site.address);
  await untilReady(page);
  await page.getByRole("searchbox").fill(QUESTION); // at once: key by key, the list would show answers to its beginnings
  const shown = await resultNames(page);
  assert.match(await page.locator("#status").textContent(), new RegExp(`^가까운 약 ${shown.length}가지, [0-9.]+초$`));

  // The whole catalogue's order, computed in this page: the list on show ends after the first few, and shows one product
  // of those with the same ingredients.
  const { all, grouped } = await page.evaluate(async (question) => {
    const { Embedder, Index } = await import("./yaksearch.js");
    const embedder = await Embedder.load("models/yak-e5-small-ko/");
    const index = await Index.load("data/catalogue.index", embedder);
    const namesOf = async (options) =>
      (await index.search(question, { topK: index.length, ...options })).map((hit) => hit.record.name);
    const names = { all: await namesOf({}), grouped: await namesOf({ group: true }) };
    embedder.dispose();
    return names;
  }, QUESTION);
  assert.deepEqual(shown, grouped.slice(0, shown.length));
  const place = (name) => {
    const at = all.findIndex((other) => other.startsWith(name));
    assert.notEqual(at, -1, `the catalogue has no ${name}`);
    return at;
  };
  assert.ok(place("판콜에이내복액") < place("지르텍정"), "판콜에이내복액 above 지르텍정");
  assert.ok(place("판콜에이내복액") < place("마이암부톨제피정"), "판콜에이내복액 above 마이암부톨제피정");
  assert.deepEqual(troubles, []);
  await context.close();
});

test("a hit shows what is known of the product", async () => {
  const { page } = shared;
  await page.getByRole("searchbox").fill("판콜에이내복액");
  const hit = page.locator("#results li", { hasText: "판콜에이내복액" });
  await hit.locator("summary").click();
  const text = await hit.innerText();
  for (const fact of ["아세트아미노펜", "114", "해열", "일반의약품", "동화약품", "내복액", "가까움"]) {
    assert.ok(text.includes(fact), `${fact} in ${text}`);
  }
});

test("what a question names is marked, and what it excludes is said", async () => {
  const { page } = shared;
  await page.getByRole("searchbox").fill("지르텍");
  const mark = page.locator("#results li").first().locator("mark");
  assert.equal(await mark.textContent(), "지르텍");
  await page.getByRole("searchbox").fill("카페인 없는 두통약");
  await page.getByText("카페인: 뺐습니다.").waitFor();
  await page.locator("#results li .why").first().waitFor();
});

test("products with the same ingredients take one line that opens", async () => {
  const { page } = shared;
  await page.getByRole("searchbox").fill("아세트아미노펜");
  const first = page.locator("#results > li").first();
  const more = Number(/(\d+)가지 더/.exec(await first.locator(".more").textContent())?.[1]);
  assert.ok(more > 0);
  await first.locator("summary").click();
  await first.locator(".alike li").first().waitFor();
  assert.equal(await first.locator(".alike li").count(), more);
});

test("what is typed before the model is there is answered when it is", async () => {
  const { context, page } = await openPage(browser);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await context.route(`${site.address}${MODEL}manifest.json`, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(site.address);
  await page.getByRole("progressbar").waitFor();
  await page.getByRole("searchbox").fill(QUESTION);
  await page.getByText("준비되는 대로 찾아 드립니다").waitFor();
  assert.equal(await page.locator("#results li").count(), 0);
  release();
  assert.ok((await resultNames(page)).length > 0);
  await page.getByRole("progressbar").waitFor({ state: "hidden" });
  await context.close();
});

test("only the last question's answer stays", async () => {
  const { page } = shared;
  const box = page.getByRole("searchbox");
  await box.fill("혈압을 낮추는 약");
  const expected = await resultNames(page);
  await box.fill("");
  await page.locator("#results li").first().waitFor({ state: "detached" });

  // Each Enter starts a search at once; all but the last are stale before they are answered.
  await box.evaluate((input) => {
    for (const text of ["설사", "기침", "두통", "가려움", "혈압을 낮추는 약"]) {
      input.value = text;
      input.form.requestSubmit();
    }
  });
  assert.deepEqual(await resultNames(page), expected);
  // Calls are answered in order, so one that starts now comes after any stale answer.
  await box.press("Enter");
  await page.waitForTimeout(300);
  assert.deepEqual(await resultNames(page), expected);
});

test("an example is a question to click", async () => {
  const { page } = shared;
  await page.getByRole("button", { name: "콧물이 나고 재채기가 나요" }).click();
  assert.equal(await page.getByRole("searchbox").inputValue(), "콧물이 나고 재채기가 나요");
  assert.ok((await resultNames(page)).length > 0);
  assert.equal(await page.getByRole("heading", { name: "이렇게 물어보세요" }).isVisible(), false);
  await page.getByRole("button", { name: "지우기" }).click();
  assert.equal(await page.locator("#results li").count(), 0);
  await page.getByRole("heading", { name: "이렇게 물어보세요" }).waitFor();
});

test("the keyboard reaches everything", async () => {
  const { context, page } = await openPage(browser);
  await page.goto(site.address);
  await untilReady(page);
  const box = page.getByRole("searchbox");
  const focused = () => page.evaluate(() => document.activeElement.closest("li")?.querySelector(".name").textContent ?? document.activeElement.id);

  assert.equal(await focused(), "query", "the box has the focus from the start");
  await page.getByRole("button", { name: "혈압을 낮추는 약" }).focus();
  await page.keyboard.press("/");
  assert.equal(await focused(), "query");
  assert.equal(await box.inputValue(), "", "the slash itself is not typed");
  await page.keyboard.type("두통");
  const names = await resultNames(page);

  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), names[0]);
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), names[1]);
  await page.keyboard.press("Enter");
  await page.locator("#results details[open]").filter({ hasText: names[1] }).waitFor();
  await page.keyboard.press("End");
  assert.equal(await focused(), names.at(-1));
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), names.at(-1), "the end is the end");
  await page.keyboard.press("Home");
  assert.equal(await focused(), names[0]);
  await page.keyboard.press("ArrowUp");
  assert.equal(await focused(), "query");

  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  assert.equal(await focused(), "query");
  assert.equal(await box.inputValue(), "두통", "coming back keeps the question");
  await page.keyboard.press("Escape");
  assert.equal(await box.inputValue(), "");
  assert.equal(await page.locator("#results li").count(), 0);
  await context.close();
});

test("whoever went into the list before the answer came stays in it", async () => {
  const { page } = shared;
  await page.getByRole("searchbox").fill("두통");
  await resultNames(page);
  await page.locator("#results > li").first().evaluate((item) => (item.id = "before"));
  await page.getByRole("searchbox").evaluate((input) => {
    input.value = "기침";
    input.form.requestSubmit();
  });
  await page.keyboard.press("ArrowDown");
  await page.locator("#before").waitFor({ state: "detached" });
  assert.equal(await page.locator("#results > li:first-child summary:focus").count(), 1);
});

test("320 pixels are wide enough", async () => {
  const { context, page } = await openPage(browser, { viewport: { width: 320, height: 568 } });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.goto(site.address);
  await untilReady(page);
  assert.equal(await overflow(), 0, "ready");
  await page.locator("#filters > summary").click();
  await page.locator("#own > summary").click();
  assert.equal(await overflow(), 0, "with filters and the own list unfolded");
  await page.getByRole("searchbox").fill(QUESTION);
  await resultNames(page);
  for (const summary of await page.locator("#results summary").all()) await summary.click();
  assert.equal(await overflow(), 0, "with every product unfolded");
  await page.getByRole("button", { name: "English" }).click();
  assert.equal(await overflow(), 0, "in English");
  await context.close();
});

test("reduced motion stops the moving bar", async () => {
  for (const [reducedMotion, moves] of [["no-preference", true], ["reduce", false]]) {
    const { context, page } = await openPage(browser, { reducedMotion });
    await context.route(`${site.address}${MODEL}manifest.json`, () => {}); // never answered
    await page.goto(site.address);
    await page.getByRole("progressbar").waitFor();
    const animations = await page.getByRole("progressbar").evaluate((bar) => getComputedStyle(bar).animationName);
    assert.equal(animations !== "none", moves, `${reducedMotion}: ${animations}`);
    await context.close();
  }
});

test("the page works from any sub-path", async () => {
  const { context, page, troubles } = await openPage(browser);
  const under = `${site.address}some/where/`;
  await context.route(`${under}**`, async (route) => {
    const url = route.request().url().replace(under, site.address);
    await route.fulfill({ response: await route.fetch({ url }) });
  });
  const outside = [];
  page.on("request", (request) => request.url().startsWith(under) || outside.push(request.url()));
  await page.goto(under);
  await untilReady(page);
  await page.getByRole("searchbox").fill(QUESTION);
  assert.ok((await resultNames(page)).length > 0);
  assert.deepEqual(outside, []);
  assert.deepEqual(troubles, []);
  await context.close();
});

test("the page works from a host that sends compressed files", async () => {
  const host = await startCompressing(site.address);
  const { context, page, troubles } = await openPage(browser, { serviceWorkers: "allow" });
  await page.goto(host.address);
  await untilReady(page);
  await page.getByText("인터넷 없이도 쓸 수 있습니다").waitFor();
  host.stop();
  await page.reload();
  await untilReady(page);
  await page.getByRole("searchbox").fill(QUESTION);
  assert.ok((await resultNames(page)).length > 0);
  assert.deepEqual(troubles, []);
  await context.close();
});

test("the page can be installed", async () => {
  const { context, page } = await openPage(browser, { serviceWorkers: "allow" });
  await page.goto(site.address);
  await untilReady(page);
  const session = await context.newCDPSession(page);
  const { errors, data } = await session.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  for (const { src, sizes, type } of JSON.parse(data).icons) {
    const response = await fetch(new URL(src, site.address));
    assert.equal(response.headers.get("content-type"), type, src);
    if (sizes === "any") continue;
    const size = await page.evaluate(async (src) => {
      const { width, height } = await createImageBitmap(await (await fetch(src)).blob());
      return `${width}x${height}`;
    }, src);
    assert.equal(size, sizes, src);
  }
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  // Playwright's contexts are private windows, where nothing is ever installed.
  assert.deepEqual(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito"), []);
  await context.close();
});

test("what the page links to is there", async () => {
  const { context, page } = await openPage(browser);
  await page.goto(site.address);
  const links = await page.evaluate(() =>
    [...document.querySelectorAll("[href], [src]")].map((element) => element.href ?? element.src),
  );
  assert.ok(links.length >= 4, String(links));
  for (const link of links) assert.equal((await fetch(link)).status, 200, link);
  await context.close();
});
