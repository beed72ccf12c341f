// "Bring your own list": a file is indexed in the page, searched, kept and deleted.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, before, test } from "node:test";
import { openPage, resultNames, untilReady } from "./harness/browser.js";
import { MODEL } from "./harness/site.js";
import { start } from "./harness/start.js";

const HEADER = "id,name,company,ingredients_ko,class_code,class_name_ko,form,rx_otc";
const LIST = [
  HEADER,
  "P1,우리약국해열정,우리약국,아세트아미노펜,114,해열·진통·소염제,정제,일반의약품",
  "P2,우리약국콧물정,우리약국,세티리진염산염,141,항히스타민제,정제,일반의약품",
  "P3,우리약국혈압정,우리약국,암로디핀베실산염,214,혈압강하제,정제,전문의약품",
].join("\n");
/** Enough rows that it can be stopped half-way. */
const LONG = readFile(new URL("../../data/products.csv", import.meta.url), "utf8");

const { site, browser } = await start();
let context, page, troubles;
before(async () => {
  ({ context, page, troubles } = await openPage(browser));
  await page.goto(site.address);
  await untilReady(page);
  await page.locator("#own > summary").click();
});

const bring = (text, name = "우리약국.csv") =>
  page.locator("#own-file").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
const say = (text) => page.locator("#own-status", { hasText: text }).waitFor();
const KEPT = "우리약국.csv: 약 3가지. 이 브라우저에 두었습니다.";

/** Leaves the page as it was found: without a list. */
afterEach(async () => {
  await page.getByRole("searchbox").fill("");
  await page.waitForFunction(() => !location.href.includes("#"));
  if (await page.locator("#own[open]").count() === 0) await page.locator("#own > summary").click();
  const remove = page.getByRole("button", { name: "내 목록 지우기" });
  if (await remove.isVisible()) await remove.click();
  assert.deepEqual(troubles.splice(0), []);
});

/** The best answer, once it is `name`. */
async function best(question, name) {
  await page.getByRole("searchbox").fill(question);
  await page.locator("#results > li:first-child .name", { hasText: name }).waitFor();
}

test("a list is indexed, searched, kept over a reload, changed for the built-in one, and deleted", async () => {
  await bring(LIST);
  await say(KEPT);
  await page.locator("#status", { hasText: "의약품 3가지에서 찾습니다" }).waitFor();
  assert.equal(await page.locator("#own-name").textContent(), "우리약국.csv");
  await best("열을 내리는 약은?", "우리약국해열정");
  assert.equal((await resultNames(page)).length, 3);
  await best("콧물이 나요", "우리약국콧물정");

  await page.reload();
  await best("혈압을 낮추는 약", "우리약국혈압정");
  await page.locator("#own > summary").click();
  await say(KEPT);

  await page.getByRole("button", { name: "기본 목록에서 찾기" }).click();
  await page.locator("#results > li").nth(5).waitFor();
  assert.ok(!(await resultNames(page)).includes("우리약국혈압정"));
  await page.getByRole("button", { name: "내 목록에서 찾기" }).click();
  await page.locator("#results > li").nth(5).waitFor({ state: "detached" });
  assert.ok((await resultNames(page)).includes("우리약국혈압정"));

  await page.getByRole("button", { name: "내 목록 지우기" }).click();
  await say("내 목록을 지웠습니다.");
  await page.locator("#results > li").nth(5).waitFor();
  await page.getByRole("searchbox").fill("");
  await page.waitForFunction(() => !location.href.includes("#"));
  await page.reload();
  await page.locator("#status", { hasText: "의약품 380가지에서 찾습니다" }).waitFor();
});

test("JSON is dropped anywhere on the page", async () => {
  const list = JSON.stringify([{ id: "P1", name: "우리약국해열정", ingredients_ko: ["아세트아미노펜"], class_code: "114" }]);
  await page.evaluate((list) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([list], "list.json"));
    for (const type of ["dragover", "drop"]) {
      const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
      document.querySelector("h1").dispatchEvent(event);
      if (!event.defaultPrevented) throw new Error(`the browser would open the file (${type})`);
    }
  }, list);
  await say("list.json: 약 1가지. 이 브라우저에 두었습니다.");
  assert.equal(await page.locator("body.dropping").count(), 0);
  await best("열", "우리약국해열정");
});

test("it can be stopped, and leaves all as it was", async () => {
  await bring(LIST);
  await say(KEPT);
  await bring(await LONG, "긴 목록.csv");
  const bar = page.locator("#own-bar");
  await page.waitForFunction(() => document.querySelector("#own-bar").value > 0);
  assert.match(await page.locator("#own-left").textContent(), /^\d+%/);
  await say("약 380가지를 색인하고 있습니다.");
  // Meanwhile the page searches.
  await best("혈압", "우리약국혈압정");
  await page.getByRole("button", { name: "그만두기" }).click();
  await say("그만두었습니다.");
  assert.equal(await bar.isVisible(), false);
  await best("콧물", "우리약국콧물정");
  await page.reload();
  await page.locator("#own-name", { hasText: "우리약국.csv" }).waitFor({ state: "attached" });
});

test("a file that is no list is told so; the page goes on", async () => {
  for (const [text, reason] of [
    ["이름,값\n가,1\n", /우리약국\.csv.*(id|column)/],
    ["", /우리약국\.csv/],
    ['[{"id": 1', /우리약국\.csv/],
  ]) {
    await bring(text);
    await say("읽을 수 없는 파일입니다. 첫 줄에 id와 name 열이 있는지 확인해 주세요.");
    assert.match(await page.locator("#own-details").innerText(), reason);
    await page.locator("#own-status").evaluate((status) => (status.textContent = ""));
  }
  assert.equal(await page.getByRole("button", { name: "내 목록 지우기" }).isVisible(), false);
  await page.getByRole("searchbox").fill("두통");
  assert.ok((await resultNames(page)).length > 3);
});

test("rows that are no products are told, the first few by line", async () => {
  await bring([LIST, ...Array(7).fill("broken,row")].join("\n"));
  await say(KEPT);
  const lines = await page.locator("#own-details li").allTextContents();
  assert.equal(lines.length, 6);
  assert.match(lines[0], /line 5/);
  assert.equal(lines[5], "그 밖에 2줄");
});

test("a list that is brought before the model is there is read when it is", async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await context.route(`${site.address}${MODEL}manifest.json`, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(site.address);
  await page.getByRole("progressbar").waitFor();
  await page.locator("#own > summary").click();
  await bring(LIST);
  await say("우리약국.csv: 준비되는 대로 읽겠습니다.");
  release();
  await say(KEPT);
  await best("열을 내리는 약은?", "우리약국해열정");
  await context.unrouteAll();
});

test("where there is no room the list is searched all the same, and said to be gone afterwards", async () => {
  // In a profile of its own: for half a minute after a write Chromium trusts the room that there was.
  const { context, page, troubles } = await openPage(browser);
  await page.goto(site.address);
  await untilReady(page);
  const session = await context.newCDPSession(page);
  const { origin } = new URL(site.address);
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1000 });
  await page.locator("#own > summary").click();
  await page.locator("#own-file").setInputFiles({ name: "우리약국.csv", mimeType: "text/csv", buffer: Buffer.from(LIST) });
  const gone = "우리약국.csv: 약 3가지. 이 브라우저에 둘 자리가 없어, 창을 닫으면 사라집니다.";
  await page.locator("#own-status", { hasText: gone }).waitFor();
  await page.getByRole("searchbox").fill("열을 내리는 약은?");
  await page.locator("#results > li:first-child .name", { hasText: "우리약국해열정" }).waitFor();
  await page.getByRole("searchbox").fill("");
  await page.waitForFunction(() => !location.href.includes("#"));
  await page.reload();
  await page.locator("#status", { hasText: "의약품 380가지에서 찾습니다" }).waitFor();
  assert.deepEqual(troubles, []);
  await context.close();
});

test("a kept index of another model is made anew from the list", async () => {
  await bring(LIST);
  await say(KEPT);
  await page.evaluate(async () => {
    const { keepList, keptList } = await import("./page/store.js");
    const kept = await keptList();
    const bytes = new Uint8Array(kept.index.length);
    await keepList({ ...kept, index: bytes });
  });
  await page.reload();
  await page.locator("#own-name", { hasText: "우리약국.csv" }).waitFor({ state: "attached" });
  await best("열을 내리는 약은?", "우리약국해열정");
  const zeros = () =>
    page.evaluate(async () => (await (await import("./page/store.js")).keptList()).index.every((byte) => byte === 0));
  assert.equal(await zeros(), false, "and kept");
});

test("the engine's failure to come is no fault of the file", async () => {
  await context.route(`${site.address}pkg/dense.wasm`, (route) => route.abort("internetdisconnected"));
  await bring(LIST);
  await say("인터넷에 연결할 수 없습니다.");
  await context.unroute(`${site.address}pkg/dense.wasm`);
  troubles.length = 0; // the browser logs it, too
  await bring(LIST);
  await say(KEPT);
});

test("the list goes nowhere: only the site's own files are asked for, without a body", async () => {
  const requests = [];
  context.on("request", (request) => requests.push(request));
  await bring(LIST);
  await say(KEPT);
  await best("콧물", "우리약국콧물정");
  for (const request of requests) {
    assert.equal(request.method(), "GET");
    assert.equal(request.postData(), null);
    const path = request.url().slice(site.address.length);
    assert.match(path, /^(worker\.js|lib\/[\w-]+\.js|pkg\/\w+\.(js|wasm)|models\/[\w./-]+)$/, request.url());
  }
  assert.ok(requests.length > 0);
});
