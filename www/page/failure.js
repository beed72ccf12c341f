// The failure state: what went wrong, what to do, and a way to try again.

import { find } from "./find.js";
import { words } from "./words.js";

const box = find("failure");
const button = find("retry", HTMLButtonElement);
/** What is on show. @type {unknown} */
let shown;

/** What went wrong and what to do, in the page's language, where that is known of `error`. */
export function remedyOf(/** @type {unknown} */ error) {
  const failures = /** @type {Record<string, { title: string, remedy: string } | undefined>} */ (words.failures);
  return failures[/** @type {any} */ (error)?.code];
}

/** What whoever runs the site can use. */
export const messageOf = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));

/** Shows `error`; `retry` is called when the person asks for another attempt. */
export function showFailure(/** @type {unknown} */ error, /** @type {() => void} */ retry) {
  shown = error;
  box.hidden = false;
  translateFailure();
  button.onclick = () => {
    hideFailure();
    retry();
  };
}

/** Says it in the page's language. */
export function translateFailure() {
  if (box.hidden) return;
  const { title, remedy } = remedyOf(shown) ?? words.otherFailure;
  find("failure-title").textContent = title;
  find("failure-remedy").textContent = remedy;
  find("failure-message").textContent = messageOf(shown);
}

export function hideFailure() {
  box.hidden = true;
}

export const failureIsShown = () => !box.hidden;
