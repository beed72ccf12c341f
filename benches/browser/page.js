// Measures one peer. The driver calls these functions one at a time.

let peer;

globalThis.bench = {
  /** From nothing to the first vector: scripts, engine, model, one text. */
  async load(module, parameters, text) {
    const start = performance.now();
    const { create } = await import(module);
    peer = await create(parameters);
    const [vector] = await peer.embed([text]);
    return { ms: performance.now() - start, info: peer.info, vector: Array.from(vector) };
  },

  /** Milliseconds for `text`, `times` times, each call by itself. One more call first is not counted. */
  async latency(text, times) {
    await peer.embed([text]);
    const samples = [];
    for (let i = 0; i < times; i++) {
      const start = performance.now();
      await peer.embed([text]);
      samples.push(performance.now() - start);
    }
    return samples;
  },

  /** Texts a second in bulk. One more pass first is not counted: it starts what is started for bulk work only. */
  async throughput(texts) {
    await peer.embedMany(texts);
    const start = performance.now();
    await peer.embedMany(texts);
    return texts.length / ((performance.now() - start) / 1000);
  },
};
