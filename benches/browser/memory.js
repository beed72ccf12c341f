// How much WebAssembly memory a page and its workers hold: the lengths of every WebAssembly.Memory there.
//
// page.html notes those of its own thread as they are made. Workers are asked through the browser's debugger; asking
// the page itself that way crashes Chromium when a model of hundreds of megabytes lies there.

const SUM = "function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }";

/** In bytes. */
export async function wasmMemory(context, page) {
  const own = await page.evaluate(() => globalThis.wasmMemories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0));
  const session = await context.newCDPSession(page);
  const workers = await attachToWorkers(session);
  const theirs = await Promise.all(workers.map(sumIn));
  await session.detach();
  return theirs.reduce((sum, bytes) => sum + bytes, own);
}

/** The sum over every WebAssembly.Memory of one worker. */
async function sumIn(send) {
  const { result } = await send("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" });
  const { objects } = await send("Runtime.queryObjects", { prototypeObjectId: result.objectId });
  const sum = await send("Runtime.callFunctionOn", {
    objectId: objects.objectId,
    functionDeclaration: SUM,
    returnByValue: true,
  });
  return sum.result.value;
}

/** A function that sends a command, for each dedicated worker of the page. */
async function attachToWorkers(session) {
  const ids = [];
  session.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => {
    if (targetInfo.type === "worker") ids.push(sessionId);
  });
  const waiting = new Map();
  session.on("Target.receivedMessageFromTarget", ({ message }) => {
    const { id, result, error } = JSON.parse(message);
    if (error) waiting.get(id)?.reject(new Error(error.message));
    else waiting.get(id)?.resolve(result);
  });
  await session.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  let count = 0;
  return ids.map((sessionId) => async (method, params) => {
    const id = ++count;
    const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    await session.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id, method, params }) });
    return answer;
  });
}
