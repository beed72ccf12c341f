// The page: loads the model and the catalogue, then answers what is typed.

import { Embedder, Index } from "./yaksearch.js";
import { hideFailure, showFailure } from "./page/failure.js";
import { find } from "./page/find.js";
import { listenToKeys } from "./page/keyboard.js";
import { LiveSearch } from "./page/live-search.js";
import { hideProgress, showCatalogueProgress, showModelProgress } from "./page/loading.js";
import { showNotes } from "./page/notes.js";
import { showResults } from "./page/results.js";
import { EXAMPLES, found, kept, ready, unsure } from "./page/words.js";

const MODEL = "models/yak-e5-small-ko/";
const CATALOGUE = "data/catalogue.index";
const SHOWN = 20;
const SHOWN_ALIKE = 50;

const input = find("query", HTMLInputElement);
const clearButton = find("clear", HTMLButtonElement);
const examples = find("examples");
const status = find("status");

/** @type {Index | null} */
let index = null;

const live = new LiveSearch(
  (query, signal) => /** @type {Index} */ (index).ask(query, { topK: SHOWN, group: true, signal }),
  ({ hits, confident, notes }, milliseconds) => {
    hideFailure();
    hideProgress(); // shown again when the engine had to be brought back
    showNotes(notes);
    showResults(hits, others);
    status.textContent = confident ? found(hits.length, milliseconds) : unsure;
  },
  (error) => {
    hideProgress();
    status.textContent = "";
    showNotes([]);
    showResults([]);
    showFailure(error, () => live.now(query()));
  },
);

/** The other products with the ingredients of this one. */
async function others(/** @type {string} */ id) {
  const found = await /** @type {Index} */ (index).search(query(), { topK: SHOWN_ALIKE, filter: { like: id } });
  return found.filter((hit) => hit.id !== id);
}

const query = () => input.value.trim();

/** Follows what stands in the box. `immediate` when someone asked for the answer rather than typed on. */
function follow({ immediate = false } = {}) {
  const text = query();
  clearButton.hidden = input.value === "";
  examples.hidden = text !== "";
  if (text === "") {
    live.stop();
    showNotes([]);
    showResults([]);
    status.textContent = index ? ready(index.length) : "";
  } else if (index === null) {
    status.textContent = kept;
  } else if (immediate) {
    live.now(text);
  } else {
    live.soon(text);
  }
}

function clear() {
  input.value = "";
  follow();
  input.focus();
}

async function load() {
  /** @type {Embedder | undefined} */
  let embedder;
  try {
    embedder = await Embedder.load(MODEL, { onProgress: showModelProgress });
    index = await Index.load(CATALOGUE, embedder, { onProgress: showCatalogueProgress });
  } catch (error) {
    embedder?.dispose();
    hideProgress();
    status.textContent = "";
    showFailure(error, load);
    return;
  }
  hideProgress();
  follow({ immediate: true });
}

find("search", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  follow({ immediate: true });
});
input.addEventListener("input", () => follow());
clearButton.addEventListener("click", clear);
listenToKeys({ clear });

for (const example of EXAMPLES) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = example;
  button.addEventListener("click", () => {
    input.value = example;
    follow({ immediate: true });
    input.focus();
  });
  const item = document.createElement("li");
  item.append(button);
  find("example-list", HTMLUListElement).append(item);
}

// A browser that comes back to the page may have kept what was typed.
follow();
load();
