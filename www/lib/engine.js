// Which of the engine's builds this browser runs, and its start.

import * as module from "../pkg/yaksearch.js";
import { open } from "./download.js";
import { YaksearchError, isTrap } from "./errors.js";

// Bundlers follow these literal addresses, so they stay spelled out.
const BUILDS = {
  relaxed: new URL("../pkg/relaxed.wasm", import.meta.url),
  simd128: new URL("../pkg/simd128.wasm", import.meta.url),
  // Models that are not packed, and making indexes: megabytes that searching with packed ones does without.
  dense: new URL("../pkg/dense.wasm", import.meta.url),
};

/** A module of one function `() -> v128` with this body. */
function moduleOf(/** @type {number[]} */ body) {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const type = [0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b];
  const code = [0x00, ...body, 0x0b];
  return new Uint8Array([...header, ...type, 0x03, 0x02, 0x01, 0x00, 0x0a, code.length + 2, 0x01, code.length, ...code]);
}

const ZEROS = [0x41, 0x00, 0xfd, 0x0f]; // i32.const 0, i8x16.splat
const RELAXED_DOT = [0xfd, 0x92, 0x02]; // i16x8.relaxed_dot_i8x16_i7x16_s

/** The builds for packed models that this browser can run, best first. */
export function runnableBuilds() {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(moduleOf(ZEROS))) return [];
  const relaxed = WebAssembly.validate(moduleOf([...ZEROS, ...ZEROS, ...RELAXED_DOT]));
  return relaxed ? ["relaxed", "simd128"] : ["simd128"];
}

/**
 * Starts the build `wanted` ("auto": the best that runs here and was built), or the one for models that are not packed.
 *
 * @param {"auto" | "relaxed" | "simd128"} wanted
 * @param {{ packed: boolean, signal: AbortSignal }} options
 */
export async function startEngine(wanted, { packed, signal }) {
  const runnable = runnableBuilds();
  if (runnable.length === 0) {
    throw new YaksearchError(
      "unsupported",
      "this browser has no WebAssembly SIMD; use Chrome or Edge 91, Firefox 89, Safari 16.4 or later",
    );
  }
  const wantedHere = wanted === "auto" ? runnable : runnable.filter((name) => name === wanted);
  const builds = packed ? wantedHere : ["dense"];
  if (builds.length === 0) {
    throw new YaksearchError("unsupported", `this browser cannot run the engine "${wanted}"; leave the option out`);
  }
  let failure;
  for (const name of builds) {
    try {
      const wasm = BUILDS[/** @type {keyof typeof BUILDS} */ (name)];
      const response = /** @type {Response} */ (await open(wasm, { name: `${name}.wasm`, signal }));
      await start(response, name, wasm);
      return { module, build: name };
    } catch (error) {
      // A site may carry one build only; any other trouble is told as it is.
      failure = error;
      if (!(error instanceof YaksearchError) || (error.code !== "not-found" && error.code !== "html")) break;
    }
  }
  throw failure;
}

async function start(/** @type {Response} */ response, /** @type {string} */ name, /** @type {URL} */ wasm) {
  // Streaming compilation wants this type, and not every static host knows it.
  const typed = response.headers.get("content-type") === "application/wasm";
  const body = typed ? response : new Response(response.body, { headers: { "content-type": "application/wasm" } });
  try {
    await module.default({ module_or_path: body });
  } catch (error) {
    if (isTrap(error)) throw error;
    throw new YaksearchError(
      "engine",
      `${name}.wasm: ${wasm} did not start (${error instanceof Error ? error.message : error}); ` +
        "build or upload the folder pkg again, or clear the cache and reload",
    );
  }
}
