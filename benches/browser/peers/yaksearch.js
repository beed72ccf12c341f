// This project as a peer. `site` is the address of the built www/, `folder` the model's inside it.

export async function create({ site, folder = "models/yak-e5-small-ko/", engine = "auto", workers = 1 }) {
  const { Embedder } = await import(new URL("yaksearch.js", new URL(site, location.href)));
  const embedder = await Embedder.load(new URL(folder, new URL(site, location.href)), { engine, workers });
  const { dimensions, engine: build, version } = embedder.facts;
  // The texts carry their prompts already, so that every peer reads the same.
  async function embed(texts) {
    const vectors = await embedder.embed(texts, { role: "raw" });
    return texts.map((_, i) => vectors.subarray(i * dimensions, (i + 1) * dimensions));
  }
  return { info: { version, build, workers }, embed, embedMany: embed };
}
