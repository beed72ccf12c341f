// The package as it would be published, in projects that install it. The projects are the examples of its README.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
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

/** Opens the page at `address` and checks what the README's example logs. */
async function visit(address) {
  const { context, page, troubles } = await openPage(browser);
  try {
    const logged = page.waitForEvent("console", { predicate: (message) => message.type() === "log" });
    await page.goto(address);
    const text = await logged.then((message) => message.text()).catch((error) => assert.fail(`${error}: ${troubles}`));
    assert.match(text, /^판콜에이내복액: 감기, 해열 0\.\d+$/);
    assert.deepEqual(troubles, []);
  } finally {
    await context.close();
  }
}

/** The same of a folder that scripts/serve serves. */
async function visitFolder(root) {
  await mkdir(path.join(root, "pkg"), { recursive: true }); // where it looks for an engine, to warn of its absence
  const { child, address } = await serve("--port", "0", "--root", root);
  try {
    await visit(address);
  } finally {
    child.kill();
    await once(child, "exit");
  }
}

/** The script of the README's page, as a bundler gets it. */
function bundled() {
  const [, script] = /<script type="module">(.*?)<\/script>/s.exec(examples.page);
  return script.replace("./node_modules/yaksearch/yaksearch.js", "yaksearch");
}

const PAGE = '<!doctype html><meta charset="utf-8"><title>project</title><link rel="icon" href="data:,">';

test("it holds the module and nothing else", async () => {
  const project = await Project.create(tarball, {});
  const installed = path.join(project.folder, "node_modules/yaksearch");
  const names = (await readdir(installed)).sort();
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
  const pkg = (await readdir(path.join(installed, "pkg"))).sort();
  assert.deepEqual(pkg, ["dense.wasm", "relaxed.wasm", "simd128.wasm", "yaksearch.js"]);
  const lib = await readdir(path.join(installed, "lib"));
  assert.ok(lib.every((name) => name.endsWith(".js")), String(lib));
  assert.match(await readFile(path.join(installed, "LICENSE"), "utf8"), /^MIT License/);

  const facts = JSON.parse(await readFile(path.join(installed, "package.json"), "utf8"));
  assert.equal(facts.license, "MIT");
  assert.equal(facts.scripts, undefined, "nothing runs when it is installed");
  assert.deepEqual([facts.dependencies, facts.peerDependencies, facts.bin], [undefined, undefined, undefined]);
  for (const target of [facts.types, ...Object.values(facts.exports["."])]) {
    assert.ok(existsSync(path.join(installed, target)), target);
  }
  await project.remove();
});

test("a plain page", async () => {
  const project = await Project.create(tarball, { "index.html": PAGE + examples.page });
  await project.addModel();
  await visitFolder(project.folder);
  await project.remove();
});

test("Vite, built and while developing", async () => {
  const project = await Project.create(tarball, {
    "index.html": `${PAGE}<script type="module" src="/main.js"></script>`,
    "main.js": bundled(),
    "vite.config.js": examples.viteConfig,
  });
  await project.addModel("public"); // Vite copies it, and serves it while developing
  await project.tool("vite", ["build", "--logLevel", "warn"]);
  await visitFolder(path.join(project.folder, "dist"));

  const { createServer } = await import("vite");
  const server = await createServer({ root: project.folder, logLevel: "warn", server: { host: "127.0.0.1", port: 0 } });
  try {
    await server.listen();
    await visit(server.resolvedUrls.local[0]);
  } finally {
    await server.close();
  }
  await project.remove();
});

test("webpack", async () => {
  const project = await Project.create(tarball, { "main.js": bundled() });
  await project.tool("webpack", ["build", "--mode", "production", "--entry", "./main.js"]);
  await project.write("dist/index.html", `${PAGE}<script src="main.js"></script>`);
  await project.addModel("dist");
  await visitFolder(path.join(project.folder, "dist"));
  await project.remove();
});

test("Node, without a browser", async () => {
  const project = await Project.create(tarball, {
    "embed.js": examples.node,
    "search.js": examples.search,
    "long.js": `${examples.longWork}\nconsole.log(vectors.length);`,
  });
  await project.addModel();
  await project.addCatalogue();
  assert.equal(await project.run("node", ["embed.js"]), "2\n");

  const hits = (await project.run("node", ["search.js"])).trimEnd().split("\n");
  assert.equal(hits.length, 5);
  for (const hit of hits) assert.match(hit, /^.+ (name|ingredient|purpose|meaning)$/);

  const lines = (await project.run("node", ["long.js"])).trimEnd().split("\n");
  assert.match(lines[0], /^engine 0 0$/);
  assert.deepEqual(lines.slice(-2), ["3 3", String(3 * 384)]);
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

test("in Node a path may hold what addresses read otherwise, and bytes serve too", async () => {
  const program = `
    import { readFile, rename } from "node:fs/promises";
    import { resolve } from "node:path";
    import { Embedder } from "yaksearch";
    const folder = "모델 #1, 100% neu?";
    await rename("models/yak-e5-small-ko", folder);
    const { files } = JSON.parse(await readFile(folder + "/manifest.json", "utf8"));
    const names = ["manifest.json", ...files.map(({ name }) => name)];
    const bytes = await Promise.all(names.map(async (name) => [name, await readFile(folder + "/" + name)]));
    for (const source of [folder, resolve(folder) + "/", Object.fromEntries(bytes)]) {
      const embedder = await Embedder.load(source, { workers: 2 });
      const vectors = await embedder.embed(Array(64).fill("두통약"), { role: "query" });
      console.log(vectors.length / embedder.facts.dimensions);
      embedder.dispose();
      console.log(await embedder.rank("a", ["b"]).catch(({ code }) => code));
    }`;
  const project = await Project.create(tarball, { "main.js": program });
  await project.addModel();
  assert.equal(await project.run("node", ["main.js"]), "64\ndisposed\n".repeat(3));
  await project.remove();
});

test("TypeScript, strict", async () => {
  const project = await Project.create(tarball, {
    "search.ts": examples.search,
    "long.ts": `${examples.longWork}\nexport { vectors };`,
    "use.ts": USE,
  });
  for (const module of [["nodenext", "nodenext"], ["esnext", "bundler"]]) {
    const options = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom", "--types", ""];
    const files = ["search.ts", "long.ts", "use.ts"];
    await project.tool("tsc", [...options, "--module", module[0], "--moduleResolution", module[1], ...files]);
  }
  await project.remove();
});

test("what is declared is there, and nothing else", async () => {
  const program = `
    import * as yaksearch from "yaksearch";
    const without = (of, ...names) => Object.getOwnPropertyNames(of).filter((name) => !names.includes(name));
    const membersOf = (type) => [...without(type, "length", "name", "prototype"), ...without(type.prototype, "constructor")];
    const classes = Object.entries(yaksearch).map(([name, type]) => [name, membersOf(type).sort()]);
    console.log(JSON.stringify(Object.fromEntries(classes)));`;
  const project = await Project.create(tarball, { "main.js": program });
  const there = JSON.parse(await project.run("node", ["main.js"]));
  const text = await readFile(path.join(project.folder, "node_modules/yaksearch/yaksearch.d.ts"), "utf8");
  const declared = {};
  for (const [, name, body] of text.matchAll(/^export class (\w+).*?\{\n(.*?)^\}/gms)) {
    const members = [...body.matchAll(/^  (?:static |readonly )*(\w+)[(:]/gm)].map(([, member]) => member);
    declared[name] = members.sort();
  }
  assert.deepEqual(there, { ...declared, YaksearchError: [] }, "an error's code is its own, not its class's");
  assert.deepEqual(declared.YaksearchError, ["code"]);
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
