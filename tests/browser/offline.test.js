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

const untilKept = (page) => page.getByText("인터넷 없이도 쓸 수 있습니다").waitFor();

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
  await page.getByText("지금은 인터넷이 없지만, 그대로 쓸 수 있습니다").waitFor();
  assert.equal(await page.getByRole("searchbox").inputValue(), QUESTION, "the address brings the question back");
  assert.deepEqual(await resultNames(page), online);

  // Also what the first visit had no use for.
  await page.locator("#own > summary").click();
  const list = Buffer.from("id,name,ingredients_ko\nP1,우리약국해열정,아세트아미노펜\n");
  await page.locator("#own-file").setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: list });
  await page.getByText("list.csv: 약 1가지. 이 브라우저에 두었습니다.").waitFor();
  assert.deepEqual(await resultNames(page), ["우리약국해열정"]);
  assert.deepEqual(troubles, []);
});

test("where there is no room for it the page says so, keeps no half, and works with a network", async () => {
  const session = await context.newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(site.address).origin, quotaSize: 5e6 });
  await page.goto(site.address);
  await untilReady(page);
  await page.getByText("이 브라우저에 두지 못해, 인터넷이 있어야 쓸 수 있습니다").waitFor();
  assert.deepEqual(await page.evaluate(() => caches.keys()), []);
  await page.getByRole("searchbox").fill(QUESTION);
  assert.ok((await resultNames(page)).length > 0);
});

test("a page that is left open is told when the network goes", async () => {
  await firstVisit();
  await context.setOffline(true);
  await page.getByText("지금은 인터넷이 없지만, 그대로 쓸 수 있습니다").waitFor();
  await context.setOffline(false);
  await untilKept(page);
});

test("exactly the listed files are kept, each with its hash", async () => {
  await firstVisit();
  const self = {};
  new Function("self", await readFile(path.join(copy.root, "files.js"), "utf8"))(self);
  const { version, files } = self.SITE;
  const kept = await page.evaluate(async (version) => {
    const scope = new URL("./", location.href).href;
    const cache = await caches.open(`yaksearch-site-${scope}#${version}-relaxed`);
    const kept = [];
    for (const { url } of await cache.keys()) {
      const bytes = await (await cache.match(url)).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      kept.push([url.slice(scope.length), Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")]);
    }
    return kept;
  }, version);
  // Of the engine's builds, the one that runs here and the one that reads lists.
  const wanted = files.filter((file) => file.path !== "pkg/simd128.wasm");
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
  await both("새 판");
  await copy.publish();
  await page.reload();
  assert.equal(await title(), "말로 찾는 약", "the old version until somebody asks");
  assert.equal(await page.title(), "말로 찾는 약 · yaksearch");
  const other = await context.newPage();
  await other.goto(site.address);
  await untilReady(other);
  await page.getByRole("button", { name: "새 버전으로 바꾸기" }).click();
  await page.getByRole("heading", { name: "새 판" }).waitFor();
  await untilReady(page);
  assert.equal(await page.title(), "새 판");
  await other.getByRole("heading", { name: "새 판" }).waitFor(); // in every window
  await untilReady(other);
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
