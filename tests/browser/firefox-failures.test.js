// The page in Firefox when something goes wrong.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { KILL } from "./harness/crash.js";
import { launchFirefox } from "./harness/firefox.js";
import { MODEL, startAltered } from "./harness/site.js";
import { startFirefox } from "./harness/start.js";

/** Enough rows that it can be stopped half-way. */
const LONG = fileURLToPath(new URL("../../data/products.csv", import.meta.url));

const { site, firefox } = await startFirefox();

/** A first visit to the site behind a host that changes the file `path`. */
async function visit(path, change) {
  const host = await startAltered(site.address, (asked, answer) => (asked === path ? change(answer) : answer));
  await firefox.goto(host.address);
  return host;
}

const FAILURES = [
  {
    name: "a 404 that is an HTML page",
    path: `${MODEL}tokenizer.json`,
    change: () => ({ status: 404, headers: { "content-type": "text/html" }, body: Buffer.from("<!doctype html>Not here") }),
    title: "모델 대신 다른 페이지가 왔습니다",
    detail: /^tokenizer\.json: .*answered 404 with an HTML page/,
  },
  {
    name: "a file with another hash",
    path: `${MODEL}model.safetensors`,
    change: (answer) => {
      answer.body[answer.body.length >> 1] ^= 1;
      return answer;
    },
    title: "받은 파일이 원본과 다릅니다",
    detail: /^model\.safetensors: .*has another SHA-256 than manifest\.json lists/,
  },
  {
    name: "a truncated file",
    path: `${MODEL}model.safetensors`,
    change: (answer) => ({ ...answer, body: answer.body.subarray(0, answer.body.length - 1000) }),
    title: "파일을 끝까지 받지 못했습니다",
    detail: /^model\.safetensors: the server sent \d+ bytes instead of \d+ bytes/,
  },
];

for (const { name, path, change, title, detail } of FAILURES) {
  test(`${name}: the page says what is wrong`, async () => {
    const host = await visit(path, change);
    await firefox.untilSeen(title);
    assert.match(await firefox.evaluate(() => document.querySelector("#failure-message").textContent), detail);
    host.stop();
  });
}

test("a script that the worker imports is missing: the page says so", async () => {
  // Firefox itself tells nobody; the page gives up after a while, which is short here.
  const host = await startAltered(site.address, (asked, answer) => {
    if (asked === "lib/model.js") return { status: 404, headers: { "content-type": "text/plain" }, body: Buffer.from("") };
    if (asked === "lib/host.js") return { ...answer, body: Buffer.from(`${answer.body}host.startLimitMs = 2000;`) };
    return answer;
  });
  await firefox.goto(host.address);
  await firefox.untilSeen("계산에 필요한 파일을 불러오지 못했습니다");
  host.stop();
});

test("a worker that dies in the middle of a search is told, and the next try has another", async () => {
  const append = (answer) => ({ ...answer, body: Buffer.concat([answer.body, Buffer.from(KILL)]) });
  const host = await visit("pkg/yaksearch.js", append);
  await firefox.untilSeen("준비되었습니다");
  await firefox.type("#query", "kill");
  await firefox.until(() => !document.querySelector("#failure").hidden);
  assert.match(await firefox.evaluate(() => document.querySelector("#failure-message").textContent), /killed/);
  await firefox.click("#clear");
  await firefox.type("#query", "두통");
  await firefox.until(() => document.querySelectorAll("#results > li").length > 5);
  host.stop();
});

test("indexing a list can be stopped, and leaves all as it was", async () => {
  await firefox.goto(site.address);
  await firefox.untilSeen("준비되었습니다");
  await firefox.click("#own > summary");
  await firefox.type("#own-file", LONG);
  await firefox.until(() => document.querySelector("#own-bar").value > 0);
  await firefox.click("#own-cancel");
  await firefox.untilSeen("그만두었습니다.");
  assert.equal(await firefox.evaluate(() => document.querySelector("#own-working").hidden), true);
  await firefox.type("#query", "두통");
  await firefox.until(() => document.querySelectorAll("#results > li").length > 5);
  await firefox.click("#clear");
});

test("without room to keep anything the page works all the same, and says so", async () => {
  // Kilobytes for all sites together.
  const full = await launchFirefox({ prefs: { "dom.quotaManager.temporaryStorage.fixedLimit": 4096 } });
  try {
    await full.goto(site.address);
    await full.untilSeen("준비되었습니다");
    await full.untilSeen("이 브라우저에 두지 못해, 인터넷이 있어야 쓸 수 있습니다");
    await full.type("#query", "두통");
    await full.until(() => document.querySelectorAll("#results > li").length > 5);
  } finally {
    await full.close();
  }
});
