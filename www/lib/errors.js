// The one error type of the package, and its way across the worker's border.

/** An error of yaksearch. `code` says which kind it is, for programs; `message` says what, where and what to do. */
export class YaksearchError extends Error {
  name = "YaksearchError";

  constructor(/** @type {string} */ code, /** @type {string} */ message) {
    super(message);
    this.code = code;
  }
}

/**
 * What a worker posts for an error. Engines differ in which properties of an Error survive a structured clone, so it
 * travels as plain fields.
 */
export function pack(/** @type {unknown} */ error) {
  if (error instanceof YaksearchError) return { code: error.code, message: error.message };
  // What the engine throws is a plain Error whose message is meant for the caller.
  return { code: "engine", message: error instanceof Error ? error.message : String(error) };
}

/** The error that `pack` packed. */
export function unpack(/** @type {{ code: string, message: string }} */ packed) {
  return new YaksearchError(packed.code, packed.message);
}

/**
 * Whether WebAssembly stopped in the middle of its work: unreachable code, memory or stack used up. The instance's
 * memory is then in no known state, so nothing may call it again.
 */
export function isTrap(/** @type {unknown} */ error) {
  return (
    error instanceof WebAssembly.RuntimeError ||
    error instanceof RangeError ||
    (error instanceof Error && error.name === "InternalError") // Firefox: too much recursion
  );
}
