// What the module takes from where it runs: a browser's page unless node.js has said otherwise.

export const host = {
  // Bundlers recognise exactly this expression.
  spawnWorker: () => new Worker(new URL("../worker.js", import.meta.url), { type: "module", name: "yaksearch" }),

  /** The whole address that a caller means; throws if it is none. */
  resolve: (/** @type {string | URL} */ address) =>
    new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href),

  /**
   * How long a worker may take to its first word. Long enough for 50 kB of scripts on a poor line; when one of them is
   * missing, Firefox tells nobody.
   */
  startLimitMs: 60_000,

  processors: () => globalThis.navigator?.hardwareConcurrency ?? 1,
};
