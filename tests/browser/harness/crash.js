// An engine that runs into a trap, or a worker that dies, when it is told to.

// A module whose function runs into `unreachable`: a true trap, thrown where the engine's would be.
const CRASH = `
  const TRAP = new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,116,0,0,10,5,1,3,0,0,11]);
  const trap = () => new WebAssembly.Instance(new WebAssembly.Module(TRAP)).exports.t();
  const embed = Embedder.prototype.embed;
  Embedder.prototype.embed = function (texts, role) {
    if (texts.includes("crash")) trap();
    return embed.call(this, texts, role);
  };
  const read = IndexDraft.read;
  IndexDraft.read = (name, bytes) => {
    if (name === "crash") trap();
    return read.call(IndexDraft, name, bytes);
  };`;

/** Behind the engine's glue: the worker that is asked for "kill" says that it dies, and answers no more. */
export const KILL = `
  const search = Index.prototype.search;
  Index.prototype.search = function (embedder, query, ...rest) {
    if (query !== "kill") return search.call(this, embedder, query, ...rest);
    reportError(new Error("killed"));
    for (;;);
  };`;

/** From now on the engine of this context's pages traps when it embeds the text "crash", or reads a list of that name. */
export async function letCrash(context, address) {
  await context.route(`${address}pkg/yaksearch.js`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()) + CRASH });
  });
}
