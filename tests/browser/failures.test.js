// What the page says when it cannot get what it needs, and how it goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openBlank, openPage, resultNames, untilReady, untilWorkers } from "./harness/browser.js";
import { KILL } from "./harness/crash.js";
import { CATALOGUE, MODEL } from "./harness/site.js";
import { start } from "./harness/start.js";

const { site, browser } = await start();

const HTML = { contentType: "text/html; charset=utf-8", body: "<!doctype html><title>Not here</title>" };

/** Answers with the real file after `change` has had its bytes. */
const changed = (change) => async (route) => {
  const response = await route.fetch();
  const { "content-length": _, ...headers } = response.headers(); // the length changes too
  await route.fulfill({ status: response.status(), headers, body: change(await response.body()) });
};

const CASES = [
  {
    name: "a 404 that is an HTML page, for the whole model",
    pattern: `${MODEL}**`,
    answer: (route) => route.fulfill({ status: 404, ...HTML }),
    title: "모델 대신 다른 페이지가 왔습니다",
    detail: /^modules\.json: .*answered 404 with an HTML page instead of the file; check the address/,
  },
  {
    name: "a server that answers everything unknown with its start page",
    pattern: `${MODEL}tokenizer.json`,
    answer: (route) => route.fulfill({ status: 200, ...HTML }),
    title: "모델 대신 다른 페이지가 왔습니다",
    detail: /^tokenizer\.json: .*answered 200 with an HTML page/,
  },
  {
    name: "a file that is not there",
    pattern: `${MODEL}model.safetensors`,
    answer: (route) => route.fulfill({ status: 404, contentType: "text/plain", body: "not found" }),
    title: "필요한 파일이 서버에 없습니다",
    detail: /^model\.safetensors: .*answered 404; check the address/,
  },
  {
    name: "a damaged file",
    pattern: `${MODEL}model.safetensors`,
    answer: changed((body) => {
      body[body.length >> 1] ^= 1;
      return body;
    }),
    title: "받은 파일이 원본과 다릅니다",
    detail: /^model\.safetensors: .*has another SHA-256 than manifest\.json lists; .*upload it again/,
  },
  {
    name: "a truncated file",
    pattern: `${MODEL}model.safetensors`,
    answer: changed((body) => body.subarray(0, body.length - 1000)),
    title: "파일을 끝까지 받지 못했습니다",
    detail: /^model\.safetensors: the server sent \d+ bytes instead of \d+ bytes; .*upload it again/,
  },
  {
    name: "a manifest that is not JSON",
    pattern: `${MODEL}manifest.json`,
    answer: changed((body) => body.subarray(0, 100)),
    title: "준비하지 못했습니다",
    detail: /^manifest\.json: .*is not JSON .*upload the model's folder again/,
  },
  {
    name: "a server in trouble",
    pattern: `${MODEL}manifest.json`,
    answer: (route) => route.fulfill({ status: 503, contentType: "text/plain", body: "" }),
    title: "서버에 문제가 있습니다",
    detail: /^manifest\.json: .*answered 503/,
  },
  {
    name: "no connection",
    pattern: `${MODEL}model.safetensors`,
    answer: (route) => route.abort("internetdisconnected"),
    title: "인터넷에 연결할 수 없습니다",
    detail: /^model\.safetensors: the server of .* did not answer/,
  },
  {
    name: "no engine",
    pattern: "pkg/*.wasm",
    answer: (route) => route.fulfill({ status: 404, contentType: "text/plain", body: "" }),
    title: "필요한 파일이 서버에 없습니다",
    detail: /^simd128\.wasm: .*answered 404/,
  },
  {
    name: "no worker",
    pattern: "worker.js",
    answer: (route) => route.fulfill({ status: 404, contentType: "text/plain", body: "" }),
    title: "계산에 필요한 파일을 불러오지 못했습니다",
    detail: /^the worker stopped \(its script worker\.js.*did not load\); check the connection, and that worker\.js/,
  },
  {
    name: "a truncated catalogue",
    pattern: CATALOGUE,
    answer: changed((body) => body.subarray(0, body.length >> 1)),
    title: "준비하지 못했습니다",
    detail: /build the index again/,
  },
];

for (const { name, pattern, answer, title, detail } of CASES) {
  test(name, async () => {
    const { context, page } = await openPage(browser);
    const uncaught = [];
    page.on("pageerror", (error) => uncaught.push(String(error)));
    await context.route(site.address + pattern, answer);
    await page.goto(site.address);
    const alert = page.getByRole("alert");
    await alert.waitFor();
    assert.equal(await alert.getByRole("heading").textContent(), title);
    await alert.getByText("자세한 오류 내용").click();
    assert.match(await page.locator("#failure-message").innerText(), detail);
    assert.equal(await page.getByRole("progressbar").isVisible(), false);
    assert.deepEqual(uncaught, []);

    // The trouble is over: the same page goes on, with what was typed meanwhile.
    await context.unroute(site.address + pattern);
    await page.getByRole("searchbox").fill("열을 내리는 약은?");
    await alert.getByRole("button", { name: "다시 시도" }).click();
    assert.ok((await resultNames(page)).length > 0);
    assert.equal(await alert.isVisible(), false);
    await context.close();
  });
}

test("a browser without WebAssembly SIMD is told which one to use", async () => {
  const { context, page } = await openPage(browser);
  await context.route(`${site.address}lib/engine.js`, async (route) => {
    const response = await route.fetch();
    const patched = `WebAssembly.validate = () => false;\n${await response.text()}`;
    await route.fulfill({ response, body: patched });
  });
  await page.goto(site.address);
  await page.getByRole("alert").waitFor();
  assert.equal(await page.locator("#failure-title").textContent(), "이 브라우저에서는 쓸 수 없습니다");
  assert.match(await page.locator("#failure-message").textContent(), /no WebAssembly SIMD; use Chrome/);
  await context.close();
});

test("a crash of the engine is told, and the next try works", async () => {
  const { context, page } = await openPage(browser);
  await context.route(`${site.address}pkg/yaksearch.js`, async (route) => {
    const response = await route.fetch();
    const crash = `
      const search = Index.prototype.search;
      Index.prototype.search = function (embedder, query, topK) {
        if (query === "crash") throw new WebAssembly.RuntimeError("unreachable");
        return search.call(this, embedder, query, topK);
      };`;
    await route.fulfill({ response, body: (await response.text()) + crash });
  });
  await page.goto(site.address);
  await untilReady(page);
  await page.getByRole("searchbox").fill("crash");
  await page.getByRole("alert").waitFor();
  assert.equal(await page.locator("#failure-title").textContent(), "계산이 중간에 멈추었습니다");
  await page.getByRole("searchbox").fill("열을 내리는 약은?");
  assert.ok((await resultNames(page)).length > 0);
  assert.equal(await page.getByRole("alert").isVisible(), false);
  await context.close();
});

test("a worker that dies in the middle of a search is told, and the next try has another", async () => {
  const { context, page } = await openPage(browser);
  await context.route(`${site.address}pkg/yaksearch.js`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()) + KILL });
  });
  await page.goto(site.address);
  await untilReady(page);
  await page.getByRole("searchbox").fill("kill");
  await page.getByRole("alert").waitFor();
  assert.match(await page.locator("#failure-message").textContent(), /^the worker stopped \(.*killed/);
  await page.getByRole("searchbox").fill("두통");
  assert.ok((await resultNames(page)).length > 0);
  assert.equal(await page.getByRole("alert").isVisible(), false);
  await context.close();
});

test("a server that neither answers nor fails: after a while the page says what to do", async () => {
  const { context, page } = await openPage(browser);
  await page.clock.install();
  await context.route(`${site.address}${MODEL}manifest.json`, () => {}); // never answered
  await page.goto(site.address);
  await page.getByText("엔진을 준비하고 있습니다").waitFor();
  const hint = page.getByText("오래 걸리고 있습니다. 연결을 확인하고 화면을 새로 고쳐 보세요.");
  assert.equal(await hint.isVisible(), false);
  // Each sign of life begins the wait anew, and the worker's first may come late.
  while (!(await hint.isVisible())) await page.clock.fastForward(30_000);
  await context.close();
});

test("a worker whose scripts never come is given up", async () => {
  const { context, page } = await openBlank(browser, site.address);
  await context.route(`${site.address}lib/model.js`, () => {}); // never answered
  const error = await page.evaluate(async (model) => {
    const { host } = await import("./lib/host.js");
    host.startLimitMs = 500;
    return Embedder.load(model).catch(({ code, message }) => ({ code, message }));
  }, MODEL);
  assert.equal(error.code, "worker");
  assert.match(error.message, /^the worker stopped \(its script worker\.js, or a script that it imports, did not load\)/);
  await untilWorkers(page, 0);
  await context.close();
});

test("an error of a question goes with the question", async () => {
  const { context, page } = await openPage(browser);
  await context.route(`${site.address}pkg/yaksearch.js`, async (route) => {
    const response = await route.fetch();
    const refuse = `Index.prototype.search = () => { throw new Error("refused"); };`;
    await route.fulfill({ response, body: (await response.text()) + refuse });
  });
  await page.goto(site.address);
  await untilReady(page);
  await page.getByRole("searchbox").fill("두통");
  await page.getByRole("alert").waitFor();
  await page.getByRole("searchbox").fill("");
  await page.getByRole("alert").waitFor({ state: "hidden" });
  await untilReady(page);
  await context.close();
});
