// The JavaScript module in an empty page, as a program uses it.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openBlank, untilWorkers } from "./harness/browser.js";
import { start } from "./harness/start.js";

const TINY = new URL("../fixtures/tiny/", import.meta.url);

const { site, browser } = await start();
let context, page, troubles;
before(async () => {
  ({ context, page, troubles } = await openBlank(browser, site.address));
  await page.evaluate(async () => {
    globalThis.model = "models/yak-e5-small-ko/";
    globalThis.events = [];
    globalThis.embedder = await Embedder.load(model, { onProgress: (event) => events.push(event) });
    globalThis.index = await Index.load("data/catalogue.index", embedder);
    /** What a promise rejects with, in a form that can leave the page. */
    globalThis.rejection = (promise) =>
      promise.then(
        () => null,
        (error) => ({ isError: error instanceof Error, name: error.name, code: error.code, message: error.message }),
      );
  });
});

test("loading tells its phases and bytes", async () => {
  const events = await page.evaluate(() => events);
  const phases = events.map(({ phase }) => phase).filter((phase, i, all) => phase !== all[i - 1]);
  assert.equal(phases[0], "engine");
  assert.equal(phases[1], "download");
  assert.deepEqual(phases.slice(-3), ["verify", "prepare", "ready"]);
  const downloads = events.filter(({ phase }) => phase === "download");
  for (let i = 1; i < downloads.length; i++) assert.ok(downloads[i].loadedBytes >= downloads[i - 1].loadedBytes);
  const { loadedBytes, totalBytes } = downloads.at(-1);
  assert.equal(loadedBytes, totalBytes);

  const manifest = await (await fetch(`${site.address}models/yak-e5-small-ko/manifest.json`)).json();
  assert.equal(totalBytes, manifest.files.reduce((sum, file) => sum + file.bytes, 0));
  const verified = events.filter(({ phase }) => phase === "verify").map(({ file }) => file);
  assert.deepEqual(verified.sort(), manifest.files.map((file) => file.name).sort());
});

test("the model's facts are known and cannot be changed", async () => {
  const facts = await page.evaluate(() => ({ ...embedder.facts, frozen: Object.isFrozen(embedder.facts) && Object.isFrozen(embedder.facts.prompts) }));
  assert.match(facts.identity, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    { dimensions: facts.dimensions, layers: facts.layers, format: facts.format, prompts: facts.prompts },
    { dimensions: 384, layers: 12, format: "packed", prompts: { query: "query: ", passage: "passage: " } },
  );
  assert.ok(facts.maxTokens > 0 && facts.vocabulary > 0);
  assert.match(facts.engine, /^(relaxed|simd128)$/);
  assert.match(facts.version, /^\d+\.\d+/);
  assert.equal(facts.frozen, true);
});

test("vectors are of unit length, and a text's vector depends on that text alone", async () => {
  const { type, length, norms, distance } = await page.evaluate(async () => {
    const texts = Array.from({ length: 19 }, (_, i) => "두통과 열이 있을 때 먹는 약 ".repeat(1 + (i % 5)) + i);
    const vectors = await embedder.embed(texts, { role: "passage" });
    const norms = texts.map((_, i) => Math.hypot(...vectors.subarray(i * 384, (i + 1) * 384)));
    const alone = await embedder.embed([texts[17]], { role: "passage" });
    const distance = Math.max(...alone.map((value, i) => Math.abs(value - vectors[17 * 384 + i])));
    return { type: vectors.constructor.name, length: vectors.length, norms, distance };
  });
  assert.equal(type, "Float32Array");
  assert.equal(length, 19 * 384);
  for (const norm of norms) assert.ok(Math.abs(norm - 1) < 1e-5, String(norm));
  assert.ok(distance < 1e-5, String(distance));
});

test("the role decides what the model reads", async () => {
  const [asQuery, asRaw] = await page.evaluate(async () => {
    const cosine = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    const query = await embedder.embed(["두통약"], { role: "query" });
    const passage = await embedder.embed(["두통약"], { role: "passage" });
    const raw = await embedder.embed([embedder.facts.prompts.query + "두통약"], { role: "raw" });
    return [cosine(query, passage), cosine(query, raw)];
  });
  assert.ok(asRaw > 0.99999, `raw adds nothing: ${asRaw}`);
  assert.ok(asQuery < 0.9999, `query and passage differ: ${asQuery}`);
});

test("rank orders documents by the cosine of their vectors", async () => {
  const { ranked, expected, best } = await page.evaluate(async () => {
    const documents = ["열을 내리는 해열제", "무좀에 바르는 연고", "혈압을 낮추는 알약", "열이 나고 아플 때"];
    const cosine = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    const query = await embedder.embed(["열을 내리는 약은?"], { role: "query" });
    const vectors = await embedder.embed(documents, { role: "passage" });
    return {
      ranked: await embedder.rank("열을 내리는 약은?", documents),
      best: await embedder.rank("열을 내리는 약은?", documents, { topK: 1 }),
      expected: documents.map((_, i) => cosine(query, vectors.subarray(i * 384, (i + 1) * 384))),
    };
  });
  assert.deepEqual(ranked.map(({ index }) => index).sort(), [0, 1, 2, 3]);
  ranked.forEach(({ index, score }, i) => {
    assert.ok(Math.abs(score - expected[index]) < 1e-5, `${score} and ${expected[index]}`);
    if (i > 0) assert.ok(ranked[i - 1].score >= score);
  });
  assert.deepEqual(best, ranked.slice(0, 1));
});

test("search gives records with scores and reasons", async () => {
  const { length, ten, three } = await page.evaluate(async () => ({
    length: index.length,
    ten: await index.search("기침약"),
    three: await index.search("기침약", { topK: 3 }),
  }));
  assert.ok(length >= 300, `${length} products`);
  assert.equal(ten.length, 10);
  assert.deepEqual(three, ten.slice(0, 3));
  for (const { id, score, reason, record } of ten) {
    assert.equal(id, record.id);
    assert.ok(Number.isFinite(score));
    assert.ok(["name", "ingredient", "alike", "purpose", "meaning"].includes(reason.kind), reason.kind);
    assert.deepEqual(Object.keys(record).sort(), [
      "class_code",
      "class_name_ko",
      "company",
      "form",
      "id",
      "ingredients_en",
      "ingredients_ko",
      "name",
      "rx_otc",
    ]);
    assert.ok(Array.isArray(record.ingredients_ko) && Array.isArray(record.ingredients_en));
  }
});

test("names decide, and where they stand is told", async () => {
  const first = (question) => page.evaluate(async (question) => (await index.search(question))[0], question);
  for (const [question, manner, matched] of [
    ["지르텍 있나요?", "exact", "지르텍"],
    ["지르택", "typo", "지르텍"],
    ["ㅈㄹㅌ", "initials", "지르텍"],
  ]) {
    const { record, reason } = await first(question);
    assert.deepEqual({ kind: reason.kind, manner: reason.manner }, { kind: "name", manner }, question);
    assert.equal([...record.name].slice(reason.span.start, reason.span.end).join(""), reason.matched);
    assert.equal(reason.matched, matched, question);
  }
  const { record, reason } = await first("acetaminophen");
  assert.equal(reason.kind, "ingredient");
  assert.equal(reason.matched, "아세트아미노펜");
  assert.ok(record.ingredients_ko[reason.item].includes(reason.matched));
});

test("what a question excludes is left out and said", async () => {
  const { answer, filtered, off } = await page.evaluate(async () => ({
    answer: await index.ask("이부프로펜 말고 해열제", { topK: 50 }),
    filtered: await index.ask("해열제", { topK: 50, filter: { exclude: ["이부프로펜"], routes: ["oral"] } }),
    off: await index.ask("내일 비행기표 예약하는 법"),
  }));
  assert.equal(answer.confident, true);
  assert.equal(typeof off.confident, "boolean");
  assert.deepEqual(answer.notes, [
    { kind: "excluded", name: "이부프로펜", korean: "이부프로펜: 뺐습니다.", english: "Left out: 이부프로펜." },
  ]);
  for (const { hits } of [answer, filtered]) {
    assert.equal(hits.length, 50);
    for (const { record } of hits) {
      assert.ok(!record.ingredients_ko.some((item) => item.startsWith("이부프로펜")), record.name);
    }
  }
  assert.ok(!filtered.hits.some(({ record }) => record.form === "주사제"));
});

const REFUSED = [
  ["no array", `embedder.embed("text", { role: "query" })`, /^texts is not an array; give an array of strings$/],
  ["no texts", `embedder.embed([], { role: "query" })`, /^texts is empty; give at least one text$/],
  ["a number", `embedder.embed([...Array(20).fill("a"), 7], { role: "query" })`, /^texts\[20\] is of type number/],
  ["a hole", `embedder.embed(["a", , "b"], { role: "query" })`, /^texts\[1\] is of type undefined/],
  ["no role", `embedder.embed(["a"])`, /^role is undefined; give "query" .*"passage" .*"raw"/],
  ["an unknown role", `embedder.embed(["a"], { role: "Query" })`, /^role is "Query"; give/],
  ["half a character", `embedder.embed(["a", "b\\ud83d"], { role: "raw" })`, /^texts\[1\] has a lone surrogate at position 1/],
  ["half a character in a question", `index.search("\\udc8a")`, /^query has a lone surrogate at position 0/],
  ["no question", `index.search()`, /^query is of type undefined; give a string$/],
  ["no documents", `embedder.rank("a", [])`, /^documents is empty/],
  ["a document that is null", `embedder.rank("a", [null])`, /^documents\[0\] is null/],
  ["topK 0", `embedder.rank("a", ["b"], { topK: 0 })`, /^topK is 0; give a whole number from 1 on/],
  ["a filter of an unknown kind", `index.search("a", { filter: { drowsy: true } })`, /^filter has the unknown field "drowsy"/],
  ["topK as text", `index.search("a", { topK: "3" })`, /^topK is 3; give a whole number/],
  ["an index without its embedder", `Index.load("data/catalogue.index")`, /^Index\.load needs the Embedder/],
  ["no address", `Embedder.load("http://")`, /^"http:\/\/" is not an address/],
  ["an engine that is none", `Embedder.load(model, { engine: "fast" })`, /^engine is "fast"; give auto, relaxed, simd128/],
  ["a filter that is no data", `index.search("a", { filter: { like: () => 1 } })`, /^an argument cannot be sent to the worker/],
];

for (const [name, call, message] of REFUSED) {
  test(`refused: ${name}`, async () => {
    const error = await page.evaluate((call) => rejection(globalThis.eval(call)), call);
    assert.deepEqual({ ...error, message: "" }, { isError: true, name: "YaksearchError", code: "input", message: "" });
    assert.match(error.message, message);
  });
}

test("what the engine refuses comes as its message", async () => {
  const error = await page.evaluate(async () => {
    const wrong = "data:application/octet-stream,notanindex";
    return rejection(Index.load(wrong, embedder));
  });
  assert.equal(error.isError, true);
  assert.equal(error.code, "engine");
  assert.match(error.message, /build the index again/);
});

test("classes are made by loading only", async () => {
  const messages = await page.evaluate(() =>
    [Embedder, Index].map((type) => {
      try {
        return String(new type());
      } catch (error) {
        return error.message;
      }
    }),
  );
  assert.deepEqual(messages, [
    "an Embedder is made by Embedder.load(source)",
    "an Index is made by Index.load(source, embedder)",
  ]);
});

test("calls are answered in the order they were made, and a long one lets others in", async () => {
  const order = await page.evaluate(async () => {
    const order = [];
    const note = (name) => () => order.push(name);
    await Promise.all([
      embedder.embed(Array(20).fill("열이 나요"), { role: "query" }).then(note("many")),
      embedder.embed(["열이 나요"], { role: "query" }).then(note("embed")),
      index.search("기침").then(note("search")),
      embedder.rank("a", ["b", "c"]).then(note("rank")),
      embedder.embed(["a"], { role: "raw" }).then(note("embed again")),
    ]);
    return order;
  });
  assert.deepEqual(order, ["embed", "search", "rank", "embed again", "many"], "between the steps of the long one");
});

test("the same calls at once give the same answers", async () => {
  const answers = await page.evaluate(async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `${i}번째 약은 열을 내립니다`);
    const twice = async (call) => {
      const [one, other] = await Promise.all([call(), call()]);
      return JSON.stringify(one) === JSON.stringify(other);
    };
    return {
      embed: await twice(async () => Array.from(await embedder.embed(texts, { role: "passage" }))),
      rank: await twice(() => embedder.rank("열", texts)),
      search: await twice(() => index.search("기침")),
      indexes: await twice(async () => {
        const another = await Index.load("data/catalogue.index", embedder);
        const hits = await another.search("기침");
        another.dispose();
        return hits;
      }),
      embedders: await twice(async () => {
        const another = await Embedder.load(model);
        const vector = await another.embed(["두통"], { role: "query" });
        another.dispose();
        return Array.from(vector);
      }),
    };
  });
  assert.deepEqual(answers, { embed: true, rank: true, search: true, indexes: true, embedders: true });
});

test("an array that changes after the call does not change the answer", async () => {
  const same = await page.evaluate(async () => {
    const texts = Array(20).fill("열이 나요");
    const before = embedder.embed(texts, { role: "query" });
    texts.fill("다른 말");
    texts.length = 3;
    const vectors = await before;
    const [expected] = [await embedder.embed(["열이 나요"], { role: "query" })];
    return vectors.length === 20 * 384 && expected.every((value, i) => Math.abs(value - vectors[19 * 384 + i]) < 1e-5);
  });
  assert.equal(same, true);
});

test("truncation is reported once, with what was lost", async () => {
  const { told, none, maxTokens } = await page.evaluate(async () => {
    const told = [];
    const long = "두통 발열 기침 ".repeat(400);
    const texts = [...Array(10).fill("짧은 글"), long, long];
    await embedder.embed(texts, { role: "passage", onTruncation: (truncation) => told.push(truncation) });
    let none = 0;
    await embedder.embed(["짧은 글"], { role: "passage", onTruncation: () => none++ });
    return { told, none, maxTokens: embedder.facts.maxTokens };
  });
  assert.equal(told.length, 1);
  assert.equal(told[0].texts, 2);
  assert.ok(told[0].tokens > 0 && told[0].tokens % 2 === 0);
  assert.equal(told[0].maxTokens, maxTokens);
  assert.equal(none, 0);
});

test("ranking reports truncation too, of the query and of documents", async () => {
  const told = await page.evaluate(async () => {
    const told = [];
    const onTruncation = (truncation) => told.push(truncation);
    const long = "두통 발열 기침 ".repeat(400);
    await embedder.rank(long, ["짧은 글", long, long], { onTruncation });
    await embedder.rank("짧은 글", ["짧은 글"], { onTruncation });
    return told;
  });
  assert.equal(told.length, 1);
  assert.equal(told[0].texts, 3);
  assert.ok(told[0].tokens > 0);
});

test("what a callback throws is the caller's to see, and the embedder works on", async () => {
  const { messages, length } = await page.evaluate(async () => {
    const fail = () => {
      throw new Error("mine");
    };
    const long = ["두통 발열 기침 ".repeat(400)];
    const calls = [
      Embedder.load(model, { onProgress: fail }),
      Index.load("data/catalogue.index", embedder, { onProgress: fail }),
      embedder.embed(["a"], { role: "raw", onProgress: fail }),
      embedder.embed(long, { role: "raw", onTruncation: fail }),
      embedder.rank("a", long, { onTruncation: fail }),
    ];
    const messages = (await Promise.all(calls.map(rejection))).map(({ message }) => message);
    return { messages, length: (await embedder.embed(["a"], { role: "raw" })).length };
  });
  assert.deepEqual(messages, Array(5).fill("mine"));
  assert.equal(length, 384);
});

test("embedding tells how far it is", async () => {
  const steps = await page.evaluate(async () => {
    const steps = [];
    await embedder.embed(Array(20).fill("a"), { role: "raw", onProgress: (step) => steps.push(step) });
    return steps;
  });
  assert.deepEqual(steps.at(-1), { done: 20, total: 20 });
  assert.ok(steps.length > 1);
});

test("an embedding stops between texts when it is aborted, and the next call works", async () => {
  const { error, done, waiting, length } = await page.evaluate(async () => {
    const controller = new AbortController();
    let done = 0;
    const long = embedder.embed(Array(4000).fill("열이 나요"), {
      role: "query",
      signal: controller.signal,
      onProgress: (step) => {
        done = step.done;
        controller.abort();
      },
    });
    const other = new AbortController();
    const waiting = rejection(index.search("기침", { signal: other.signal }));
    other.abort(new Error("changed my mind"));
    const error = await rejection(long);
    const after = await embedder.embed(["a"], { role: "raw" });
    return { error, done, waiting: await waiting, length: after.length };
  });
  assert.equal(error.name, "AbortError");
  assert.ok(done < 100, `${done} texts`);
  assert.equal(waiting.message, "changed my mind");
  assert.equal(length, 384);
});

test("a ranking stops between texts when it is aborted, and the next call works", async () => {
  const { error, length } = await page.evaluate(async () => {
    const controller = new AbortController();
    const long = embedder.rank("열", Array(4000).fill("열이 나요"), { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 100);
    const error = await rejection(long);
    return { error, length: (await embedder.embed(["a"], { role: "raw" })).length }; // it would take minutes otherwise
  });
  assert.equal(error.message, "enough");
  assert.equal(length, 384);
});

test("a load is called off by its signal", async () => {
  const url = `${site.address}models/yak-e5-small-ko/model.safetensors`;
  await context.route(url, () => {}); // never answered
  const errors = await page.evaluate(async () => {
    const before = AbortSignal.abort(new Error("too late"));
    const controller = new AbortController();
    const onProgress = ({ phase }) => phase === "download" && controller.abort(new Error("called off"));
    return [
      await rejection(Embedder.load(model, { signal: before })),
      await rejection(Embedder.load(model, { signal: controller.signal, onProgress })),
    ];
  });
  await context.unroute(url);
  assert.deepEqual(errors.map(({ message }) => message), ["too late", "called off"]);
});

test("an index's load is called off without harm to its embedder", async () => {
  const url = `${site.address}data/catalogue.index`;
  await context.route(url, () => {}); // never answered
  const { error, length } = await page.evaluate(async () => {
    const controller = new AbortController();
    const loading = rejection(Index.load("data/catalogue.index", embedder, { signal: controller.signal }));
    setTimeout(() => controller.abort(new Error("called off")), 50);
    const error = await loading;
    return { error, length: (await embedder.embed(["a"], { role: "raw" })).length };
  });
  await context.unroute(url);
  assert.equal(error.message, "called off");
  assert.equal(length, 384);
});

test("after dispose every call is refused, open ones too, and its workers are gone", async () => {
  const before = page.workers().length; // of the embedder that the other tests use
  const errors = await page.evaluate(async () => {
    const second = await Embedder.load(model);
    const itsIndex = await Index.load("data/catalogue.index", second);
    const open = rejection(second.embed(Array(100).fill("열이 나요"), { role: "query" }));
    const waiting = rejection(itsIndex.search("a"));
    second.dispose();
    second.dispose();
    itsIndex.dispose();
    return Promise.all([
      open,
      waiting,
      rejection(second.embed(["a"], { role: "raw" })),
      rejection(second.rank("a", ["b"])),
      rejection(itsIndex.search("a")),
      rejection(Index.load("data/catalogue.index", second)),
    ]);
  });
  for (const error of errors) {
    assert.equal(error.code, "disposed");
    assert.equal(error.isError, true);
    assert.match(error.message, /was disposed of; load it again/);
  }
  await untilWorkers(page, before);
});

test("an index can be disposed of alone", async () => {
  const { error, hits } = await page.evaluate(async () => {
    const second = await Index.load("data/catalogue.index", embedder);
    second.dispose();
    return { error: await rejection(second.search("a")), hits: (await index.search("a")).length };
  });
  assert.equal(error.code, "disposed");
  assert.equal(hits, 10);
});

test("from another origin, where browsers start no worker, it says what to do", async () => {
  await context.route("http://elsewhere.test/", (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><title>elsewhere</title>" }),
  );
  await context.route(/\/(yaksearch|lib\/[\w-]+)\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "access-control-allow-origin": "*" } });
  });
  const elsewhere = await context.newPage();
  await elsewhere.goto("http://elsewhere.test/");
  const error = await elsewhere.evaluate(async (address) => {
    const { Embedder } = await import(`${address}yaksearch.js`);
    return Embedder.load("models/").catch(({ code, message }) => ({ code, message }));
  }, site.address);
  await context.unroute(/\/(yaksearch|lib\/[\w-]+)\.js$/);
  await elsewhere.close();
  assert.equal(error.code, "worker");
  assert.match(error.message, /^the browser starts no worker .*serve the module from the page's own origin/);
});

test("a plain Hugging Face folder loads without a manifest", { skip: !existsSync(TINY) }, async () => {
  const asked = [];
  await context.route(`${site.address}plain/**`, (route) => {
    const name = route.request().url().slice(`${site.address}plain/`.length);
    asked.push(name);
    const file = fileURLToPath(new URL(name, TINY));
    return existsSync(file) ? route.fulfill({ path: file }) : route.fulfill({ status: 404, body: "not found" });
  });
  const { facts, length, phases } = await page.evaluate(async () => {
    const phases = [];
    const plain = await Embedder.load("plain", { onProgress: ({ phase }) => phases.push(phase) });
    const facts = { ...plain.facts };
    const vectors = await plain.embed(["열이 나요", "기침"], { role: "query" });
    plain.dispose();
    return { facts, length: vectors.length, phases };
  });
  assert.equal(facts.format, "dense");
  assert.equal(facts.engine, "dense");
  assert.equal(facts.dimensions, 32);
  assert.equal(length, 64);
  assert.equal(phases.at(-1), "ready");
  assert.ok(asked.includes("1_Pooling/config.json"), String(asked));
});

test("nothing was logged as an error meanwhile", () => {
  // The tests above ask for files that are not there on purpose; the browser itself logs those.
  assert.deepEqual(troubles.filter((text) => !/Failed to load resource/.test(text)), []);
});
