// Models that the browser keeps: what is fetched again, what is checked, and what happens when storage fails.

import assert from "node:assert/strict";
import { afterEach, before, beforeEach, test } from "node:test";
import { openBlank, openPage } from "./harness/browser.js";
import { MODEL } from "./harness/site.js";
import { start } from "./harness/start.js";

const { site, browser } = await start();
let manifest, context, page, asked;
before(async () => {
  manifest = await (await fetch(`${site.address}${MODEL}manifest.json`)).json();
});

beforeEach(async () => {
  ({ context, page } = await openBlank(browser, site.address)); // with storage of its own
  await prepare();
});
afterEach(() => context.close());

/** What the tests call in the page, and the model's files that it asks the server for. */
async function prepare() {
  asked = [];
  context.on("request", (request) => {
    const [, name] = request.url().split(MODEL);
    if (name !== undefined) asked.push(name);
  });
  await page.evaluate((model) => {
    globalThis.model = model;
    globalThis.open = () => caches.open("yaksearch-models");
    globalThis.keyOf = (sha256) => `https://yaksearch.invalid/sha256/${sha256}`;
    /** Loads the model, uses it, and tells what came of it. */
    globalThis.load = async (options = { cache: true }) => {
      try {
        const embedder = await Embedder.load(model, options);
        const [first] = await embedder.embed(["두통약"], { role: "query" });
        embedder.dispose();
        return { cached: embedder.facts.cached, works: first !== 0 };
      } catch (error) {
        return { code: error.code, message: error.message };
      }
    };
    /** What is kept, by its SHA-256 as the browser computes it and as it is filed. */
    globalThis.kept = async () => {
      const cache = await open();
      const files = [];
      for (const { url } of await cache.keys()) {
        const [, filed] = url.split("/sha256/");
        if (filed === undefined) continue;
        const bytes = await (await cache.match(url)).arrayBuffer();
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        files.push({ filed, real: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") });
      }
      return files;
    };
  }, MODEL);
}

const load = (options) => page.evaluate((options) => load(options), options);
const kept = () => page.evaluate(() => kept());
const fileOf = (name) => manifest.files.find((file) => file.name === name);
const hashes = () => manifest.files.map((file) => file.sha256).sort();
const OK = { cached: true, works: true };

test("without the option nothing is kept", async () => {
  assert.deepEqual(await load({}), { cached: false, works: true });
  assert.deepEqual(await page.evaluate(() => caches.keys()), []);
});

test("a second load fetches the manifest alone", async () => {
  assert.deepEqual(await load(), OK);
  assert.deepEqual([...asked].sort(), ["manifest.json", ...manifest.files.map(({ name }) => name)].sort());
  asked.length = 0;
  assert.deepEqual(await load(), OK);
  assert.deepEqual(asked, ["manifest.json"]);
});

test("files are kept under their SHA-256, each once", async () => {
  await load();
  await load();
  const files = await kept();
  assert.deepEqual(files.map(({ filed }) => filed).sort(), hashes());
  for (const { filed, real } of files) assert.equal(filed, real);
});

test("what has the wrong hash is never kept", async () => {
  await context.route(`${site.address}${MODEL}tokenizer.json`, async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length >> 1] ^= 1;
    await route.fulfill({ response, body });
  });
  const { code, message } = await load();
  assert.equal(code, "hash");
  assert.match(message, /^tokenizer\.json: .* has another SHA-256 than manifest\.json lists/);
  for (const { filed, real } of await kept()) {
    assert.equal(filed, real);
    assert.notEqual(filed, fileOf("tokenizer.json").sha256);
  }
  await context.unroute(`${site.address}${MODEL}tokenizer.json`);
  assert.deepEqual(await load(), OK);
});

for (const [name, damage] of [
  ["changed", "bytes[bytes.length >> 1] ^= 1"],
  ["cut short", "bytes = bytes.subarray(1)"],
  ["made longer", "bytes = new Uint8Array([...bytes, 0])"],
]) {
  test(`a kept file that was ${name} is found out, and fetched anew`, async () => {
    await load();
    const { sha256 } = fileOf("tokenizer.json");
    await page.evaluate(
      async ({ sha256, damage }) => {
        const cache = await open();
        const response = await cache.match(keyOf(sha256));
        let bytes = new Uint8Array(await response.arrayBuffer());
        await cache.put(keyOf(sha256), new Response(eval(`${damage}; bytes`)));
      },
      { sha256, damage },
    );
    asked.length = 0;
    assert.deepEqual(await load(), OK);
    assert.deepEqual(asked.sort(), ["manifest.json", "tokenizer.json"]);
    for (const { filed, real } of await kept()) assert.equal(filed, real);
  });
}

test("without a network a kept model loads, and one that is not kept says why it cannot", async () => {
  await load();
  await context.route(`${site.address}${MODEL}**`, (route) => route.abort("internetdisconnected"));
  assert.deepEqual(await load(), OK);
  assert.equal((await load({})).code, "unreachable");
  await page.evaluate(() => caches.delete("yaksearch-models"));
  assert.equal((await load()).code, "unreachable");
});

test("where there is no room the model loads all the same", async () => {
  const session = await context.newCDPSession(page);
  const { origin } = new URL(site.address);
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 5_000_000 });
  assert.deepEqual(await load(), { cached: false, works: true });
  for (const { filed, real } of await kept()) assert.equal(filed, real);
  await session.send("Storage.overrideQuotaForOrigin", { origin }); // there is room again
  assert.deepEqual(await load(), OK);
  assert.deepEqual((await kept()).map(({ filed }) => filed).sort(), hashes());
});

test("where there is no storage, on a page without https, the model loads all the same", async () => {
  const insecure = await openPage(browser);
  await insecure.context.route("http://plain.test/**", async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === "/") return route.fulfill({ contentType: "text/html", body: "<!doctype html>" });
    return route.fulfill({ response: await route.fetch({ url: site.address + pathname.slice(1) }) });
  });
  await insecure.page.goto("http://plain.test/");
  const outcome = await insecure.page.evaluate(async (model) => {
    const { Embedder } = await import("/yaksearch.js");
    const embedder = await Embedder.load(model, { cache: true });
    const { length } = await embedder.embed(["두통약"], { role: "query" });
    return { secure: isSecureContext, cached: embedder.facts.cached, length };
  }, MODEL);
  assert.deepEqual(outcome, { secure: false, cached: false, length: 384 });
  await insecure.context.close();
});

for (const method of ["match", "put", "delete", "keys"]) {
  test(`storage whose ${method} fails does no harm`, async () => {
    await load();
    await context.route(`${site.address}lib/cache.js`, async (route) => {
      const response = await route.fetch();
      const broken = `Cache.prototype.${method} = () => Promise.reject(new DOMException("broken", "UnknownError"));\n`;
      await route.fulfill({ response, body: broken + (await response.text()) });
    });
    // Something to read, to keep, to forget and to look through.
    await page.evaluate(async ({ name, sha256 }) => {
      const cache = await open();
      await cache.put(keyOf(sha256), new Response(`not ${name}`));
      const [key] = (await cache.keys()).filter(({ url }) => url.includes("/manifest/"));
      await cache.put(key, new Response(JSON.stringify({ files: [{ sha256: "0".repeat(64) }] })));
    }, fileOf("config.json"));
    const { works } = await load();
    assert.equal(works, true);
  });
}

test("what only the last version of a model had is forgotten, also when that was of another format", async () => {
  await load();
  const [gone, shared] = ["a".repeat(64), "b".repeat(64)];
  const files = await page.evaluate(
    async ({ gone, shared }) => {
      const cache = await open();
      for (const sha256 of [gone, shared]) await cache.put(keyOf(sha256), new Response("old"));
      const old = { format: "yaksearch-model", format_version: 1, files: [{ sha256: gone }, { sha256: shared }] };
      const [key] = (await cache.keys()).filter(({ url }) => url.includes("/manifest/"));
      await cache.put(key, new Response(JSON.stringify(old)));
      // Another model that is kept too has this file in common with it.
      const other = { ...old, files: [{ sha256: shared }] };
      await cache.put(`${new URL(".", key.url)}other`, new Response(JSON.stringify(other)));
      const outcome = await load();
      return { outcome, filed: (await kept()).map(({ filed }) => filed) };
    },
    { gone, shared },
  );
  assert.deepEqual(files.outcome, OK);
  assert.deepEqual(files.filed.sort(), [...hashes(), shared].sort());
});

test("two loads at once both work, and keep each file once", async () => {
  const outcomes = await page.evaluate(() => Promise.all([load(), load()]));
  assert.deepEqual(outcomes, [OK, OK]);
  assert.deepEqual((await kept()).map(({ filed }) => filed).sort(), hashes());
});
