// Keys: "/" goes to the search box, arrows move through the results, Enter unfolds (as in any <summary>), Escape comes
// back and, in the box, clears it.

import { find } from "./find.js";

const input = find("query", HTMLInputElement);
const results = find("results", HTMLOListElement);

export function listenToKeys(/** @type {{ clear: () => void }} */ { clear }) {
  document.addEventListener("keydown", (event) => {
    // While an input method composes a syllable, keys are its own.
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const hits = /** @type {HTMLElement[]} */ ([...results.querySelectorAll("summary")]);
    const at = hits.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const inBox = document.activeElement === input;
    const typing = document.activeElement?.matches("input:not([type=checkbox], [type=file])");

    if (event.key === "/" && !typing) go(event, input);
    else if (event.key === "ArrowDown" && (inBox || at !== -1)) go(event, hits[at + 1]);
    else if (event.key === "ArrowUp" && at !== -1) go(event, hits[at - 1] ?? input);
    else if (event.key === "Home" && at !== -1) go(event, hits[0]);
    else if (event.key === "End" && at !== -1) go(event, hits.at(-1));
    else if (event.key === "Escape") {
      if (inBox) clear();
      go(event, input);
    }
  });
}

function go(/** @type {KeyboardEvent} */ event, /** @type {HTMLElement | undefined} */ target) {
  event.preventDefault();
  target?.focus();
  if (target === input) input.select();
}
