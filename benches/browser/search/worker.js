// Measures the engine's parts, one call at a time.

import { startEngine } from "/site/lib/engine.js";
import { fetchManifest, fetchModel } from "/site/lib/model.js";
import { folderSource } from "/site/lib/source.js";

const TOP_K = 20;

/** Milliseconds of each call of `run`, with one more before that does not count. */
function times(count, run) {
  run();
  return Array.from({ length: count }, () => time(run));
}

function time(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

onmessage = async ({ data: { model, file, texts } }) => {
  const { signal } = new AbortController();
  const source = folderSource(model);
  const manifest = await fetchManifest(source, null, signal);
  const { module: engine } = await startEngine("auto", { packed: true, signal });
  const files = new engine.ModelFiles(source.name);
  await fetchModel(source, manifest, { files, cache: null, signal, report: () => {} });
  const embedder = engine.Embedder.load(files);
  const bytes = new Uint8Array(await (await fetch(file)).arrayBuffer());

  const opened = [];
  const open = times(9, () => opened.push(engine.Index.open(bytes, embedder)));
  const index = opened.pop();
  opened.forEach((other) => other.free());
  const { vectors } = embedder.embed(["열을 내리는 약은?"], "query");
  const nearest = times(200, () => index.nearest(vectors, 10));
  index.searchWords("열", TOP_K, undefined, true);
  const embedding = texts.map((text) => time(() => embedder.embed([text], "query")));
  const words = texts.map((text) => time(() => index.searchWords(text, TOP_K, undefined, true)));
  const search = texts.map((text) => time(() => index.search(embedder, text, TOP_K, undefined, true)));
  postMessage({ bytes: bytes.length, open, nearest, embedding, words, search });
};
