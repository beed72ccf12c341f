// transformers.js as a peer, as a page would use it: its feature-extraction pipeline on WebAssembly. `modules` is the
// address of node_modules, `model` that of a folder with tokenizer.json, config.json and onnx/model_quantized.onnx.

/** Texts in one call of bulk work: a call pads all its texts to the longest. */
const BATCH = 8;

export async function create({ modules, model, dtype = "q8", threads = 1 }) {
  const base = new URL(modules, location.href);
  const { env, pipeline } = await import(new URL("@huggingface/transformers/dist/transformers.min.js", base));
  const folder = new URL(model, location.href);
  const [, parent, name] = folder.pathname.match(/^(.*\/)([^/]+)\/$/);
  Object.assign(env, {
    allowRemoteModels: false,
    allowLocalModels: true,
    localModelPath: parent,
    useBrowserCache: false,
    useWasmCache: false,
  });
  const wasm = env.backends.onnx.wasm;
  const runtime = new URL("onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify", base).href;
  wasm.wasmPaths = { mjs: `${runtime}.mjs`, wasm: `${runtime}.wasm` };
  wasm.numThreads = Number(threads);
  const extract = await pipeline("feature-extraction", name, { dtype, device: "wasm" });
  async function embed(texts) {
    const output = await extract(texts, { pooling: "mean", normalize: true });
    const dimensions = output.dims.at(-1);
    const vectors = texts.map((_, i) => output.data.slice(i * dimensions, (i + 1) * dimensions));
    output.dispose?.();
    return vectors;
  }
  return {
    info: { version: env.version, dtype, threads: wasm.numThreads },
    embed,
    async embedMany(texts) {
      for (let i = 0; i < texts.length; i += BATCH) await embed(texts.slice(i, i + BATCH));
    },
  };
}
