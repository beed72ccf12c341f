// How long a download will take: arithmetic, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeLeft } from "../../www/page/time-left.js";

test("the rest takes as long as what came, in proportion", () => {
  const timeLeft = new TimeLeft();
  assert.equal(timeLeft.after(0, 30e6, 0), null, "nothing to go by");
  assert.equal(timeLeft.after(5e6, 30e6, 500), null, "too early");
  assert.equal(timeLeft.after(10e6, 30e6, 2000), 4);
  assert.equal(timeLeft.after(29e6, 30e6, 9000), 1, "never zero before the end");
  assert.equal(timeLeft.after(30e6, 30e6, 9500), null, "the end");
});

test("what was there at the start does not count as fast", () => {
  const timeLeft = new TimeLeft();
  timeLeft.after(20e6, 30e6, 0); // from a cache
  assert.equal(timeLeft.after(22e6, 30e6, 2000), 8);
});

test("a second attempt begins anew", () => {
  const timeLeft = new TimeLeft();
  timeLeft.after(0, 30e6, 0);
  timeLeft.after(20e6, 30e6, 10_000);
  assert.equal(timeLeft.after(0, 30e6, 60_000), null);
  assert.equal(timeLeft.after(10e6, 30e6, 62_000), 4);
});

test("without a byte for long there is nothing to say", () => {
  const timeLeft = new TimeLeft();
  timeLeft.after(0, 30e6, 0);
  assert.equal(timeLeft.after(0, 30e6, 60_000), null);
});
