// The page without a network, and how a new version of the site replaces the old one.

import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch, openPage, resultNames, untilReady } from "./harness/browser.js";
import { copySite, startSite } from "./harness/site.js";

const QUESTION = "열을 내리는 약은?";

let browser, copy, site, context, page, troubles;
before(async () => {
  browser = await launch();
});
beforeEach(async () => {
  copy = await copySite();
  await copy.publish();
  site = await startSite(copy.root);
  ({ context, page, troubles } = await openPage(browser, { serviceWorkers: "allow" }));
});
afterEach(async () => {
  await context.close();
  await site.stop();
  await copy.remove();
});
after(() => browser?.close());

const untilKept = (page) => page.getByText("인터넷이 없어도 쓸 수 있습니다.").waitFor();

async function firstVisit() {
  await page.goto(site.address);
  await untilReady(page);
  await untilKept(page);
}

test("after the first visit the page works with the network off", async () => {
  await firstVisit();
  await page.getByRole("searchbox").fill(QUESTION);
  const online = await resultNames(page);
  await page.waitForURL(/#q=/);
  await site.stop(); // more than a browser that believes to be offline: nobody answers
  await context.setOffline(true);
  await page.reload();
  await page.getByText("지금은 인터넷이 없지만, 그대로 쓸 수 있습니다.").waitFor();
  assert.equal(await page.getByRole("searchbox").inputValue(), QUESTION, "the address brings the question back");
  assert.deepEqual(await resultNames(page), online);
  assert.deepEqual(troubles, []);
});

test("a page that is left open is told when the network goes", async () => {
  await firstVisit();
  await context.setOffline(true);
  await page.getByText("지금은 인터넷이 없지만, 그대로 쓸 수 있습니다.").waitFor();
  await context.setOffline(false);
  await untilKept(page);
});

test("exactly the listed files are kept, each with its hash", async () => {
  await firstVisit();
  const self = {};
  new Function("self", await readFile(path.join(copy.root, "files.js"), "utf8"))(self);
  const { version, files } = self.SITE;
  const kept = await page.evaluate(async (version) => {
    const cache = await caches.open(`yaksearch-site-${version}`);
    const scope = new URL("./", location.href).href;
    const kept = [];
    for (const { url } of await cache.keys()) {
      const bytes = await (await cache.match(url)).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      kept.push([url.slice(scope.length), Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")]);
    }
    return kept;
  }, version);
  // Of the engine's builds, the one that runs here.
  const wanted = files.filter((file) => !file.path.endsWith(".wasm") || file.path === "pkg/relaxed.wasm");
  assert.deepEqual(
    Object.fromEntries(kept),
    Object.fromEntries(wanted.map(({ path, sha256 }) => [path, sha256])),
  );
});

test("a new version replaces the old one whole, when somebody asks for it", async () => {
  await firstVisit();
  const title = async () => page.locator("h1").textContent();
  const index = path.join(copy.root, "index.html");
  const ko = path.join(copy.root, "page", "words", "ko.js");
  const both = async (word) => {
    await writeFile(index, (await readFile(index, "utf8")).replace(/<h1 (.*?)>.*?<\/h1>/, `<h1 $1>${word}</h1>`));
    await appendFile(ko, `\nko.documentTitle = "${word}";\n`);
  };
  // app.js sets no title in Korean: the new one is read from the module.
  const spoken = () => page.evaluate(async () => (await import("./page/words/ko.js")).ko.documentTitle);

  await both("새 판");
  await copy.publish();
  await page.reload();
  assert.equal(await title(), "말로 찾는 약", "the old version until somebody asks");
  assert.equal(await spoken(), "말로 찾는 약 · yaksearch");
  await page.getByRole("button", { name: "새 버전으로 바꾸기" }).click();
  await page.getByRole("heading", { name: "새 판" }).waitFor();
  assert.equal(await spoken(), "새 판");
  await untilReady(page);
  assert.equal(await page.evaluate(async () => (await caches.keys()).length), 1, "the old version is gone");
  await context.setOffline(true);
  await page.reload();
  await untilReady(page);
  assert.equal(await title(), "새 판");
});

test("half a new version is none", async () => {
  await firstVisit();
  // Uploaded by halves: a file is not the one that the list promises.
  await appendFile(path.join(copy.root, "style.css"), "/* newer */");
  await copy.publish();
  await appendFile(path.join(copy.root, "style.css"), "/* newer still */");
  const failed = page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const gone = new Promise((resolve) => {
      registration.addEventListener("updatefound", () => {
        const worker = registration.installing;
        worker.addEventListener("statechange", () => resolve(worker.state));
      });
    });
    await registration.update();
    return gone;
  });
  assert.equal(await failed, "redundant");
  await context.setOffline(true);
  await page.reload();
  await untilReady(page);
  assert.equal(await page.getByRole("button", { name: "새 버전으로 바꾸기" }).isVisible(), false);
});

test("a visit that installs nothing new fetches the list alone", async () => {
  await firstVisit();
  const requests = [];
  context.on("request", (request) => request.serviceWorker() && requests.push(new URL(request.url()).pathname));
  await page.reload();
  await untilReady(page);
  await untilKept(page);
  assert.deepEqual(requests.filter((name) => !["/sw.js", "/files.js"].includes(name)), []);
});
