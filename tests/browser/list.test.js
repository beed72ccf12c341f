// Indexes that are made of a list in the page.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { openBlank, untilWorkers } from "./harness/browser.js";
import { letCrash } from "./harness/crash.js";
import { MODEL } from "./harness/site.js";
import { start } from "./harness/start.js";

const LIST = `id,name,ingredients_ko,class_name_ko,form
1,판콜에이내복액,아세트아미노펜,해열.진통.소염제,시럽
2,지르텍정,세티리진염산염,항히스타민제,정제
,이름없는약,없음,없음,정제
4,겔포스엠현탁액,인산알루미늄,제산제,현탁액
`;

const { site, browser } = await start();
let context, page, troubles;
before(async () => {
  ({ context, page, troubles } = await openBlank(browser, site.address));
  await page.evaluate(
    async ({ model, list }) => {
      globalThis.list = new TextEncoder().encode(list);
      globalThis.embedder = await Embedder.load(model, { workers: 2 });
      globalThis.rejection = (promise) => promise.then(() => null, ({ code, message }) => ({ code, message }));
    },
    { model: MODEL, list: LIST },
  );
});

test("a list becomes an index that finds its products, and whose bytes can be loaded again", async () => {
  const outcome = await page.evaluate(async () => {
    const steps = [];
    const built = await Index.build(list, embedder, { name: "list.csv", onProgress: (step) => steps.push(step) });
    const again = await Index.load(built.bytes, embedder);
    const [hits, same] = await Promise.all([built.index.search("지르텍"), again.search("지르텍")]);
    return { steps, length: built.index.length, skipped: built.skipped, hits, same };
  });
  assert.equal(outcome.length, 3);
  assert.equal(outcome.hits[0].record.name, "지르텍정");
  assert.deepEqual(outcome.same, outcome.hits);
  assert.equal(outcome.skipped.length, 1);
  assert.match(outcome.skipped[0], /4|id/);
  const [first, last] = [outcome.steps[0], outcome.steps.at(-1)];
  assert.deepEqual({ done: first.done, products: first.products }, { done: 0, products: 3 });
  assert.equal(last.done, last.total);
  for (let i = 1; i < outcome.steps.length; i++) assert.ok(outcome.steps[i].done >= outcome.steps[i - 1].done);
});

test("texts that the model cannot read to their end are told", async () => {
  const told = await page.evaluate(async () => {
    const told = [];
    const long = new TextEncoder().encode(`id,name,class_name_ko\n1,긴약,${"두통 발열 기침 ".repeat(400)}\n2,짧은약,제산제\n`);
    await Index.build(long, embedder, { onTruncation: (truncation) => told.push(truncation) });
    await Index.build(list, embedder, { onTruncation: (truncation) => told.push(truncation) });
    return { told, maxTokens: embedder.facts.maxTokens };
  });
  assert.equal(told.told.length, 1);
  assert.ok(told.told[0].texts >= 1 && told.told[0].tokens > 0);
  assert.equal(told.told[0].maxTokens, told.maxTokens);
});

test("two lists at once, while somebody searches", async () => {
  const outcome = await page.evaluate(async () => {
    const catalogue = await Index.load("data/catalogue.index", embedder);
    const [one, two, hits] = await Promise.all([
      Index.build(list, embedder),
      Index.build(list, embedder),
      catalogue.search("기침"),
    ]);
    return { equal: one.bytes.every((byte, i) => byte === two.bytes[i]), hits: hits.length };
  });
  assert.deepEqual(outcome, { equal: true, hits: 10 });
});

test("building is called off by its signal, at every stage, and leaves nothing behind", async () => {
  const workers = page.workers().length;
  const errors = await page.evaluate(async () => {
    const errors = [await rejection(Index.build(list, embedder, { signal: AbortSignal.abort(new Error("too late")) }))];
    const early = new AbortController();
    const reading = rejection(Index.build(list, embedder, { signal: early.signal }));
    early.abort(new Error("while it reads"));
    errors.push(await reading);
    const late = new AbortController();
    const onProgress = ({ done }) => done > 0 && late.abort(new Error("while it embeds"));
    errors.push(await rejection(Index.build(list, embedder, { signal: late.signal, onProgress })));
    return errors.map(({ message }) => message);
  });
  assert.deepEqual(errors, ["too late", "while it reads", "while it embeds"]);
  await untilWorkers(page, workers);
  assert.ok((await page.evaluate(async () => (await embedder.embed(["a"], { role: "raw" })).length)) > 0);
});

test("what is no list is refused, with its name", async () => {
  const workers = page.workers().length;
  const errors = await page.evaluate(async () => {
    const bytes = (text) => new TextEncoder().encode(text);
    return [
      await rejection(Index.build("list.csv", embedder)),
      await rejection(Index.build(list)),
      await rejection(Index.build(list, embedder, { name: 7 })),
      await rejection(Index.build(bytes("a,b\n1,2\n"), embedder, { name: "mine.csv" })),
      await rejection(Index.build(bytes(""), embedder, { name: "empty.csv" })),
    ];
  });
  assert.deepEqual(errors.map(({ code }) => code), ["input", "input", "input", "engine", "engine"]);
  assert.match(errors[3].message, /mine\.csv/);
  assert.match(errors[4].message, /empty\.csv/);
  await untilWorkers(page, workers);
});

test("an embedder that was disposed of makes none", async () => {
  const error = await page.evaluate(async (model) => {
    const other = await Embedder.load(model);
    other.dispose();
    return rejection(Index.build(list, other));
  }, MODEL);
  assert.equal(error.code, "disposed");
});

test("a crash of the worker that reads the list is told, and the next one works", async () => {
  const other = await openBlank(browser, site.address);
  await letCrash(other.context, site.address);
  const outcome = await other.page.evaluate(
    async ({ model, list }) => {
      const embedder = await Embedder.load(model);
      const bytes = new TextEncoder().encode(list);
      const code = await Index.build(bytes, embedder, { name: "crash" }).catch((error) => error.code);
      return { code, length: (await Index.build(bytes, embedder)).index.length };
    },
    { model: MODEL, list: LIST },
  );
  assert.deepEqual(outcome, { code: "crashed", length: 3 });
  await other.context.close();
});

test("nothing was logged as an error meanwhile", async () => {
  assert.deepEqual(troubles, []);
  await context.close();
});
