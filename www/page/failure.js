// The failure state: what went wrong, what to do, and a way to try again.

import { find } from "./find.js";
import { words } from "./words.js";

const box = find("failure");
const button = find("retry", HTMLButtonElement);

/** Shows `error`; `retry` is called when the person asks for another attempt. */
export function showFailure(/** @type {unknown} */ error, /** @type {() => void} */ retry) {
  const failures = /** @type {Record<string, { title: string, remedy: string }>} */ (words.failures);
  const { title, remedy } = failures[/** @type {any} */ (error)?.code] ?? words.otherFailure;
  find("failure-title").textContent = title;
  find("failure-remedy").textContent = remedy;
  find("failure-message").textContent = error instanceof Error ? error.message : String(error);
  box.hidden = false;
  button.onclick = () => {
    hideFailure();
    retry();
  };
}

export function hideFailure() {
  box.hidden = true;
}
