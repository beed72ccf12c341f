// How a worker is made. Bundlers recognise exactly this expression.

export function spawnWorker() {
  return new Worker(new URL("../worker.js", import.meta.url), { type: "module", name: "yaksearch" });
}
