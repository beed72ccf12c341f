// Checks of what callers hand over. The engine checks too, but only when a call's turn comes and one slice of the texts
// at a time: here a mistake is told at once, and the index of a bad text is the caller's own.

import { YaksearchError } from "./errors.js";

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Throws unless `text` is a string that UTF-8 can carry. `what` is what the error calls it. */
export function checkText(/** @type {unknown} */ text, /** @type {string} */ what) {
  if (typeof text !== "string") {
    const kind = text === null ? "null" : Array.isArray(text) ? "an array" : `of type ${typeof text}`;
    throw new YaksearchError("input", `${what} is ${kind}; give a string`);
  }
  const at = text.search(LONE_SURROGATE);
  if (at !== -1) {
    throw new YaksearchError(
      "input",
      `${what} has a lone surrogate at position ${at}: half of a character that was cut apart; ` +
        "cut texts between characters, or repair them with toWellFormed()",
    );
  }
}

/** Throws unless `texts` is an array of at least one such string. */
export function checkTexts(/** @type {unknown} */ texts, /** @type {string} */ what) {
  if (!Array.isArray(texts)) throw new YaksearchError("input", `${what} is not an array; give an array of strings`);
  if (texts.length === 0) throw new YaksearchError("input", `${what} is empty; give at least one text`);
  for (let i = 0; i < texts.length; i++) checkText(texts[i], `${what}[${i}]`); // forEach would skip holes
}

/** Throws unless `bytes` are an ArrayBuffer or a view of one, and still there. */
export function checkBytes(/** @type {unknown} */ bytes, /** @type {string} */ what) {
  const buffer = ArrayBuffer.isView(bytes) ? bytes.buffer : bytes;
  if (!(buffer instanceof ArrayBuffer)) {
    throw new YaksearchError("input", `${what} is no address and no bytes; give a URL, an ArrayBuffer or a Uint8Array`);
  }
  try {
    new Uint8Array(buffer);
  } catch {
    throw new YaksearchError("input", `${what} was transferred elsewhere, so its bytes are gone; give a copy`);
  }
}

/** Throws unless `files` is an object of bytes by their files' names, with at least one. */
export function checkFiles(/** @type {unknown} */ files) {
  const isBytes = files instanceof ArrayBuffer || ArrayBuffer.isView(files);
  if (typeof files !== "object" || files === null || isBytes || Array.isArray(files) || Object.keys(files).length === 0) {
    throw new YaksearchError(
      "input",
      "the model is no address and no files; give its folder's URL, or { name: bytes } for each file of the folder",
    );
  }
  for (const [name, bytes] of Object.entries(files)) checkBytes(bytes, `the file ${JSON.stringify(name)}`);
}

const ROLES = ["query", "passage", "raw"];

/** Throws unless `role` is one of the roles: a forgotten role would quietly rank badly. */
export function checkRole(/** @type {unknown} */ role) {
  if (ROLES.includes(/** @type {string} */ (role))) return;
  throw new YaksearchError(
    "input",
    `role is ${typeof role === "string" ? JSON.stringify(role) : typeof role}; give "query" for what people ask, ` +
      '"passage" for what is searched, "raw" for neither',
  );
}

/** Throws unless `topK` is a whole number from 1 on, or absent. */
export function checkTopK(/** @type {unknown} */ topK) {
  if (topK === undefined || (Number.isInteger(topK) && /** @type {number} */ (topK) >= 1)) return;
  throw new YaksearchError("input", `topK is ${String(topK)}; give a whole number from 1 on, or leave it out`);
}

const ENGINES = ["auto", "relaxed", "simd128"];

/** Throws unless `engine` is the name of a build that can be asked for. */
export function checkEngine(/** @type {unknown} */ engine) {
  if (ENGINES.includes(/** @type {string} */ (engine))) return;
  throw new YaksearchError("input", `engine is ${JSON.stringify(engine)}; give ${ENGINES.join(", ")}, or leave it out`);
}

/** Throws unless `workers` is a whole number from 1 on, or absent. */
export function checkWorkers(/** @type {unknown} */ workers) {
  if (workers === undefined || (Number.isInteger(workers) && /** @type {number} */ (workers) >= 1)) return;
  throw new YaksearchError("input", `workers is ${String(workers)}; give a whole number from 1 on, or leave it out`);
}

const FILTER_FIELDS = ["exclude", "routes", "sale", "mix", "company", "form", "facts", "like"];

/** Throws unless `filter` is an object with fields that the engine knows, or absent; the engine checks their values. */
export function checkFilter(/** @type {unknown} */ filter) {
  if (filter === undefined) return;
  if (typeof filter !== "object" || filter === null) {
    throw new YaksearchError("input", `filter is ${filter === null ? "null" : `of type ${typeof filter}`}; give an object`);
  }
  const unknown = Object.keys(filter).find((field) => !FILTER_FIELDS.includes(field));
  if (unknown === undefined) return;
  throw new YaksearchError(
    "input",
    `filter has the unknown field ${JSON.stringify(unknown)}; the fields are ${FILTER_FIELDS.join(", ")}`,
  );
}
