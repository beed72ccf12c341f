// Notes every WebAssembly.Memory of this thread in `wasmMemories`: made by scripts, or by a module for itself.

globalThis.wasmMemories = [];
const note = (memory) => {
  if (memory instanceof Memory && !globalThis.wasmMemories.includes(memory)) globalThis.wasmMemories.push(memory);
};

const { Memory, instantiate, instantiateStreaming } = WebAssembly;
WebAssembly.Memory = class extends Memory {
  constructor(descriptor) {
    super(descriptor);
    note(this);
  }
};
const noting = (original) =>
  async function (...given) {
    const result = await original.apply(WebAssembly, given);
    Object.values((result.instance ?? result).exports).forEach(note);
    return result;
  };
WebAssembly.instantiate = noting(instantiate);
WebAssembly.instantiateStreaming = noting(instantiateStreaming);
