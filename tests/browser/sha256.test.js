// The package's own SHA-256 against the browser's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openBlank } from "./harness/browser.js";
import { start } from "./harness/start.js";

const { site, browser } = await start();

test("every length around the block size, in pieces of every size, hashes as WebCrypto says", async () => {
  const { page } = await openBlank(browser, site.address);
  const wrong = await page.evaluate(async () => {
    const { Sha256 } = await import("./lib/sha256.js");
    const bytes = crypto.getRandomValues(new Uint8Array(300));
    const wrong = [];
    for (let length = 0; length <= bytes.length; length++) {
      const message = bytes.subarray(0, length);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", message));
      const expected = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
      for (const step of [1, 3, 55, 63, 64, 65, 128, 300]) {
        const hash = new Sha256();
        for (let at = 0; at < length; at += step) hash.update(message.subarray(at, at + step));
        if (hash.hex() !== expected) wrong.push({ length, step });
      }
    }
    return wrong;
  });
  assert.deepEqual(wrong, []);
});

test("the standard's examples", async () => {
  const { page } = await openBlank(browser, site.address);
  const digests = await page.evaluate(async () => {
    const { Sha256 } = await import("./lib/sha256.js");
    return ["", "abc", "a".repeat(1_000_000)].map((text) => {
      const hash = new Sha256();
      hash.update(new TextEncoder().encode(text));
      return hash.hex();
    });
  });
  assert.deepEqual(digests, [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
  ]);
});
