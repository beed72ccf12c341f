// The page in Firefox: what browsers do differently, workers, the cache, storage and layout among it.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { KEYS, launchFirefox } from "./harness/firefox.js";
import { CATALOGUE, copySite, startSite } from "./harness/site.js";

const QUESTION = "열을 내리는 약은?";
const LIST = "id,name,ingredients_ko,class_code\nP1,우리약국해열정,아세트아미노펜,114\nP2,우리약국혈압정,암로디핀,214\n";

let copy, site, firefox;
before(async () => {
  copy = await copySite();
  await copy.publish();
  await writeFile(path.join(copy.root, "frame.html"), `<!doctype html><iframe src="./" width="320" height="568"></iframe>`);
  await writeFile(path.join(copy.root, "list.csv"), LIST);
  site = await startSite(copy.root);
  firefox = await launchFirefox();
});
after(async () => {
  await firefox?.close();
  await site?.stop();
  await copy?.remove();
});

const untilReady = () => firefox.untilSeen("준비되었습니다");
const names = () => [...document.querySelectorAll("#results .name")].map(({ textContent }) => textContent);
/** The names in the list of results once there are `count`. */
const untilNames = async (count) => {
  await firefox.until((count) => document.querySelectorAll("#results > li").length >= count, count);
  return firefox.evaluate(names);
};
const clear = () => firefox.click("#clear");
/** Types `question` at once: key by key, the list would show answers to its beginnings. */
const ask = (question) =>
  firefox.evaluate((question) => {
    const input = document.querySelector("#query");
    input.focus();
    input.value = question;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, question);

test("first visit: it loads, answers what is typed, and obeys the keyboard", async () => {
  await firefox.goto(site.address);
  await untilReady();
  await ask(QUESTION);
  const shown = await untilNames(10);
  // What the question is known for; of products with the same ingredients the list shows only one, and which is the model's choice.
  assert.ok(shown.includes("판콜에이내복액"), String(shown));
  await firefox.press(KEYS.down);
  await firefox.press(KEYS.enter);
  await firefox.until(() => document.querySelector("#results details[open] .particulars") !== null);
  await firefox.press(KEYS.escape);
  assert.equal(await firefox.evaluate(() => document.activeElement.id), "query");
  await firefox.until(() => new URLSearchParams(location.hash.slice(1)).get("q") !== null);
});

test("after it the page works without its server", async () => {
  await firefox.untilSeen("인터넷 없이도 쓸 수 있습니다");
  const online = await firefox.evaluate(names);
  await site.stop();
  await firefox.reload();
  assert.deepEqual(await untilNames(10), online);
  await clear();
  await ask("혈압을 낮추는 약");
  assert.notDeepEqual(await untilNames(10), online);
});

test("a list of one's own is indexed without the server, kept and deleted", async () => {
  await firefox.click("#own > summary");
  await firefox.type("#own-file", path.join(copy.root, "list.csv"));
  await firefox.untilSeen("list.csv: 약 2가지. 이 브라우저에 두었습니다.");
  assert.deepEqual(await firefox.evaluate(names), ["우리약국혈압정", "우리약국해열정"]);
  await firefox.reload();
  await firefox.until(() => document.querySelector("#results .name")?.textContent === "우리약국혈압정");
  await firefox.click("#own > summary");
  await firefox.click("#own-delete");
  await firefox.untilSeen("내 목록을 지웠습니다.");
  assert.equal((await untilNames(10)).includes("우리약국혈압정"), false);
});

test("320 pixels are wide enough", async () => {
  site = await startSite(copy.root); // at another port: this is a first visit again
  await firefox.goto(`${site.address}frame.html`);
  await firefox.enterFrame("iframe");
  await untilReady();
  await ask(QUESTION);
  await untilNames(10);
  for (const selector of ["#results summary", "#filters > summary"]) await firefox.click(selector);
  const { width, overflow } = await firefox.evaluate(() => ({
    width: innerWidth,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }));
  assert.deepEqual({ width, overflow }, { width: 320, overflow: 0 });
});

test("a damaged file is told, with what to do", async () => {
  await site.stop();
  site = await startSite(copy.root);
  await writeFile(path.join(copy.root, CATALOGUE), "damaged");
  await firefox.goto(site.address);
  await firefox.untilSeen("준비하지 못했습니다");
  await firefox.click("#failure details summary");
  await firefox.untilSeen("build the index again");
});
