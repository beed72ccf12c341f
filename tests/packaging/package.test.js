// The package as it would be published, in projects that install it. The projects are the examples of its README.

import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { once } from "node:events";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage } from "../browser/harness/browser.js";
import { serve } from "../browser/harness/site.js";
import { Project, pack, readmeExamples } from "./project.js";

let folder, tarball, examples, browser;
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "yaksearch-package-"));
  tarball = await pack(folder);
  examples = await readmeExamples();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  if (folder) await rm(folder, { recursive: true });
});

/** Opens the page in `root` and checks what the README's example logs. */
async function runPage(root) {
  const { child, address } = await serve("--port", "0", "--root", root);
  const { context, page, troubles } = await openPage(browser);
  try {
    const logged = page.waitForEvent("console", { predicate: (message) => message.type() === "log" });
    await page.goto(address);
    const text = await logged.then((message) => message.text()).catch((error) => assert.fail(`${error}: ${troubles}`));
    assert.match(text, /^판콜에이내복액: 감기, 해열 0\.\d+$/);
    assert.deepEqual(troubles, []);
  } finally {
    await context.close();
    child.kill();
    await once(child, "exit");
  }
}

/** The script of the README's page, as a bundler gets it. */
const bundled = () => /<script type="module">(.*?)<\/script>/s.exec(examples.page)[1].replace("./node_modules/yaksearch/yaksearch.js", "yaksearch");

const PAGE = '<!doctype html><meta charset="utf-8"><title>project</title><link rel="icon" href="data:,">';

test("it holds the module and nothing else", async () => {
  const project = await Project.create(tarball, {});
  const names = (await readdir(path.join(project.folder, "node_modules/yaksearch"))).sort();
  assert.deepEqual(names, [
    "LICENSE",
    "README.md",
    "lib",
    "node-worker.js",
    "node.js",
    "package.json",
    "pkg",
    "worker.js",
    "yaksearch.d.ts",
    "yaksearch.js",
  ]);
  await project.remove();
});

test("a plain page", async () => {
  const project = await Project.create(tarball, { "index.html": PAGE + examples.page });
  // The server looks for an engine to warn of its absence.
  await project.write("pkg/none", "");
  await project.addModel();
  await runPage(project.folder);
  await project.remove();
});

test("Vite", async () => {
  const project = await Project.create(tarball, {
    "index.html": `${PAGE}<script type="module" src="/main.js"></script>`,
    "main.js": bundled(),
    "vite.config.js": examples.viteConfig,
  });
  await project.tool("vite", ["build", "--logLevel", "warn"]);
  await project.addModel("dist");
  await project.write("dist/pkg/none", "");
  await runPage(path.join(project.folder, "dist"));
  await project.remove();
});

test("webpack", async () => {
  const project = await Project.create(tarball, { "main.js": bundled() });
  await project.tool("webpack", ["build", "--mode", "production", "--entry", "./main.js"]);
  await project.write("dist/index.html", `${PAGE}<script src="main.js"></script>`);
  await project.addModel("dist");
  await project.write("dist/pkg/none", "");
  await runPage(path.join(project.folder, "dist"));
  await project.remove();
});

test("Node, without a browser", async () => {
  const project = await Project.create(tarball, { "main.js": examples.node });
  await project.addModel();
  assert.equal(await project.run("node", ["main.js"]), "2\n");
  await project.remove();
});

test("a Node program that forgets to dispose ends all the same, and an error is an error", async () => {
  const program = `
    import { Embedder, YaksearchError } from "yaksearch";
    const error = await Embedder.load("nowhere").catch((error) => error);
    console.log(error instanceof YaksearchError, error.code);
    const embedder = await Embedder.load(new URL("models/yak-e5-small-ko/", import.meta.url), { cache: true });
    console.log(embedder.facts.cached);`;
  const project = await Project.create(tarball, { "main.js": program });
  await project.addModel();
  assert.equal(await project.run("node", ["main.js"]), "true not-found\nfalse\n");
  await project.remove();
});

test("TypeScript, strict", async () => {
  const project = await Project.create(tarball, {
    "search.ts": examples.search,
    "long.ts": `import { Embedder } from "yaksearch";\ndeclare const texts: string[];\n${examples.longWork}\nexport { vectors };`,
    "use.ts": USE,
  });
  for (const module of [["nodenext", "nodenext"], ["esnext", "bundler"]]) {
    const options = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom", "--types", ""];
    const files = ["search.ts", "long.ts", "use.ts"];
    await project.tool("tsc", [...options, "--module", module[0], "--moduleResolution", module[1], ...files]);
  }
  await project.remove();
});

/** Every part of the interface, as it must and must not type-check. */
const USE = `
import { Embedder, Index, YaksearchError } from "yaksearch";
import type { Answer, ErrorCode, Facts, Filter, Hit, ModelFiles, RankedDocument } from "yaksearch";

const files: ModelFiles = { "manifest.json": new Uint8Array(1), "model.safetensors": new ArrayBuffer(1) };
const embedder: Embedder = await Embedder.load(files, { engine: "simd128", workers: 2, cache: true });
const facts: Facts = embedder.facts;
const vectors: Float32Array = await embedder.embed(["a"] as const, { role: "passage" });
const ranked: RankedDocument[] = await embedder.rank("a", ["b"], { topK: 1 });
const index: Index = await Index.load(new Uint8Array(1), embedder, { onProgress: ({ totalBytes }) => totalBytes + 1 });
const filter: Filter = { exclude: ["이부프로펜"], routes: ["oral"], sale: "otc", facts: ["notDrowsy"] };
const hits: Hit[] = await index.search("a", { topK: 3, filter });
const answer: Answer = await index.ask("a", { group: true });
for (const { reason } of hits) {
  if (reason.kind === "name") console.log(reason.span.start, reason.errors);
  if (reason.kind === "purpose") console.log(reason.purpose, reason.question?.length);
}
try {
  embedder.dispose();
} catch (error) {
  if (error instanceof YaksearchError) console.log(error.code satisfies ErrorCode);
}
console.log(facts.minScore?.toFixed(2), vectors.length, ranked.length, answer.notes.map(({ korean }) => korean));

// @ts-expect-error a role is needed
embedder.embed(["a"], {});
// @ts-expect-error one text is no list
embedder.embed("a", { role: "raw" });
// @ts-expect-error not made by hand
new Embedder();
// @ts-expect-error no such role
embedder.embed(["a"], { role: "document" });
// @ts-expect-error facts cannot be changed
facts.dimensions = 1;
// @ts-expect-error no such filter
index.search("a", { filter: { class: "114" } });
`;
