// A page that is used for long in Firefox: what it holds when garbage is collected stays as it is.
//
// Garbage itself does not: Firefox leaves it as long as there is room, so the process grows and shrinks as it likes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SEARCHES, SETTLED, searchMany } from "./harness/many-searches.js";
import { startFirefox } from "./harness/start.js";

/** The lists of results of a dozen searches; those of all would be more than 200 MB. */
const SLACK_BYTES = 5e6;

const { site, firefox } = await startFirefox();

test(`${SEARCHES} searches leave the memory flat`, { skip: process.platform !== "linux" }, async () => {
  await firefox.goto(site.address);
  await firefox.untilSeen("준비되었습니다");
  await firefox.evaluate(searchMany, { from: 0, to: SETTLED });
  const before = await firefox.pageBytes();
  // A part at a time: no step of a page may take longer than its limit.
  for (let from = SETTLED; from < SEARCHES; from += SETTLED) await firefox.evaluate(searchMany, { from, to: from + SETTLED });
  const grown = (await firefox.pageBytes()) - before;
  assert.ok(before > 30e6, `${before} bytes: the engine and its model are more`);
  assert.ok(grown < SLACK_BYTES, `${grown} bytes more than the ${before} of before`);
});
