// The progress bar: phase, bytes, and how long it will take.

import { find } from "./find.js";
import { TimeLeft } from "./time-left.js";
import { words } from "./words.js";

/** @typedef {import("../yaksearch.js").LoadProgress} LoadProgress */

const box = find("loading");
const bar = find("bar", HTMLProgressElement);
const phaseText = find("phase");
const bytesText = find("bytes");
const once = find("once");
const stalled = find("stalled");
const timeLeft = new TimeLeft();

/** After so long without news people are told what they can do: a network may neither answer nor fail. */
const STALLED_MS = 20_000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Shows that it begins: the worker's first word may take a while. */
export function showStart() {
  show("engine", 0, 0);
}

/** Shows how far the model is; `progress` is what Embedder.load reports. */
export function showModelProgress(/** @type {LoadProgress} */ { phase, loadedBytes, totalBytes }) {
  // Files are checked one by one while others still arrive; only the last check is worth a word.
  const complete = totalBytes > 0 && loadedBytes === totalBytes;
  show(phase === "verify" && !complete ? "download" : phase, loadedBytes, totalBytes);
}

/** Shows that the catalogue is on its way. */
export function showCatalogueProgress(/** @type {LoadProgress} */ { loadedBytes, totalBytes }) {
  show("catalogue", loadedBytes, totalBytes);
}

export function hideProgress() {
  clearTimeout(timer);
  box.hidden = true;
}

function show(/** @type {any} */ phase, /** @type {number} */ loadedBytes, /** @type {number} */ totalBytes) {
  if (phase === "ready") return;
  box.hidden = false;
  stalled.hidden = true;
  once.hidden = phase !== "download";
  clearTimeout(timer);
  timer = setTimeout(() => (stalled.hidden = false), STALLED_MS);
  // Screen readers hear the phase once, not at every byte.
  const name = words.phases[/** @type {keyof typeof words.phases} */ (phase)] ?? "";
  if (phaseText.textContent !== name) phaseText.textContent = name;
  const known = totalBytes > 0;
  if (known) bar.value = loadedBytes / totalBytes;
  else bar.removeAttribute("value");
  bytesText.textContent = known && phase === "download" ? bytesOf(loadedBytes, totalBytes) : "";
}

/** "12.3 / 26.8 MB · 약 4초 남음" */
function bytesOf(/** @type {number} */ loaded, /** @type {number} */ total) {
  const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
  const seconds = timeLeft.after(loaded, total, performance.now());
  const amount = `${megabytes(loaded)} / ${megabytes(total)} MB`;
  return seconds === null ? amount : `${amount} · ${words.timeLeft(seconds)}`;
}
