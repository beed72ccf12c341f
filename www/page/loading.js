// The progress bar: phase and bytes.

import { find } from "./find.js";
import { bytesOf, phaseName } from "./words.js";

const box = find("loading");
const bar = find("bar", HTMLProgressElement);
const phaseText = find("phase");
const bytesText = find("bytes");

/** Shows how far the model is; `progress` is what Embedder.load reports. */
export function showModelProgress({ phase, loadedBytes, totalBytes }) {
  // Files are checked one by one while others still arrive; only the last check is worth a word.
  const complete = totalBytes > 0 && loadedBytes === totalBytes;
  show(phase === "verify" && !complete ? "download" : phase, loadedBytes, totalBytes);
}

/** Shows that the catalogue is on its way. */
export function showCatalogueProgress({ loadedBytes, totalBytes }) {
  show("catalogue", loadedBytes, totalBytes);
}

export function hideProgress() {
  box.hidden = true;
}

function show(/** @type {any} */ phase, /** @type {number} */ loadedBytes, /** @type {number} */ totalBytes) {
  if (phase === "ready") return;
  box.hidden = false;
  // Screen readers hear the phase once, not at every byte.
  if (phaseText.textContent !== phaseName(phase)) phaseText.textContent = phaseName(phase);
  const known = totalBytes > 0;
  if (known) bar.value = loadedBytes / totalBytes;
  else bar.removeAttribute("value");
  bytesText.textContent = known && phase === "download" ? bytesOf(loadedBytes, totalBytes) : "";
}
