// The page: loads the model and the catalogue, then answers what is typed.

import { Embedder, Index } from "./yaksearch.js";
import { listenToAddress, readAddress, writeAddress } from "./page/address.js";
import { failureIsShown, hideFailure, showFailure, translateFailure } from "./page/failure.js";
import { choose, chosen, filter, listenToFilters, showChosen } from "./page/filters.js";
import { find } from "./page/find.js";
import { listenToKeys } from "./page/keyboard.js";
import { LiveSearch } from "./page/live-search.js";
import { hideProgress, showCatalogueProgress, showModelProgress, showStart } from "./page/loading.js";
import { ResultMap } from "./page/map.js";
import { showNotes } from "./page/notes.js";
import { keepForOffline, showNetwork } from "./page/offline.js";
import { OwnLists } from "./page/own-list.js";
import { showResults } from "./page/results.js";
import { listenToLanguage, words } from "./page/words.js";

const MODEL = "models/yak-e5-small-ko/";
const CATALOGUE = "data/catalogue.index";
const SHOWN = 20;
const EXAMPLES = [
  "열을 내리는 약은?",
  "혈압을 낮추는 약",
  "콧물이 나고 재채기가 나요",
  "두통약",
  "졸리지 않은 콧물약",
  "소화가 안 될 때",
];

const input = find("query", HTMLInputElement);
const clearButton = find("clear", HTMLButtonElement);
const examples = find("examples");
const status = find("status");

/** @type {Index | null} */
let builtIn = null;
/** The one that is searched: the built-in one or somebody's own. @type {Index | null} */
let index = null;
/** What is on show, to be said again in another language. @type {(() => void) | null} */
let shown = null;

const live = new LiveSearch(
  (query, signal) => /** @type {Index} */ (index).ask(query, { topK: SHOWN, filter: filter(), group: true, signal }),
  (answer, milliseconds, query) => {
    hideFailure();
    hideProgress(); // shown again when the engine had to be brought back
    shown = () => showAnswer(answer, milliseconds);
    shown();
    map.show({ index, query, hits: answer.hits });
  },
  (error) => {
    hideProgress();
    showNothing("");
    showFailure(error, () => live.now(query()));
  },
);

const map = new ResultMap();

function showAnswer(/** @type {import("./yaksearch.js").Answer} */ { hits, confident, notes }, /** @type {number} */ milliseconds) {
  showNotes(notes);
  showResults(hits, others);
  const seconds = (milliseconds / 1000).toFixed(milliseconds < 995 ? 2 : 1);
  if (hits.length === 0) say(Object.keys(chosen()).length > 0 ? words.nothingFiltered : words.nothing, "doubt");
  else if (confident) say(words.found(hits.length, seconds));
  else say(words.unsure, "doubt");
}

/** What the line above the results says; `kind` decides how it looks. */
function say(/** @type {string} */ text, kind = "") {
  status.textContent = text;
  status.className = kind;
}

function showNothing(/** @type {string} */ message) {
  shown = null;
  showNotes([]);
  showResults([]);
  map.show({ index, query: "", hits: [] });
  say(message);
}

/** The other products with the ingredients of this one. */
async function others(/** @type {import("./yaksearch.js").Hit} */ { id, alike }) {
  const found = await /** @type {Index} */ (index).search(query(), { topK: alike + 1, filter: { ...filter(), like: id } });
  return found.filter((hit) => hit.id !== id);
}

const query = () => input.value.trim();

/** Follows what stands in the box. `immediate` when someone asked for the answer rather than typed on. */
function follow({ immediate = false } = {}) {
  const text = query();
  clearButton.hidden = input.value === "";
  examples.hidden = text !== "";
  writeAddress({ query: text, choices: chosen() });
  showTitle();
  if (text === "") {
    live.stop();
    if (index !== null) hideFailure(); // it was the question's
    showNothing(index ? words.ready(index.length.toLocaleString("ko")) : "");
  } else if (index === null) {
    say(failureIsShown() ? "" : words.kept);
  } else if (immediate) {
    live.now(text);
  } else {
    live.soon(text);
  }
}

/** The question in the window's title, for bookmarks. */
function showTitle() {
  document.title = query() === "" ? words.documentTitle : words.titleOf(query());
}

function clear() {
  input.value = "";
  follow();
  input.focus();
}

/** Follows the page's address. */
function followAddress() {
  const { query, choices } = readAddress();
  input.value = query.slice(0, input.maxLength);
  choose(choices);
  follow({ immediate: true });
}

const lists = new OwnLists((own) => {
  index = own ?? builtIn;
  follow({ immediate: true });
});

async function load() {
  /** @type {Embedder | undefined} */
  let embedder;
  showStart();
  try {
    embedder = await Embedder.load(MODEL, { onProgress: showModelProgress });
    builtIn = await Index.load(CATALOGUE, embedder, { onProgress: showCatalogueProgress });
  } catch (error) {
    embedder?.dispose();
    hideProgress();
    say("");
    showFailure(error, () => {
      follow();
      load();
    });
    return;
  }
  index = builtIn;
  await lists.start(embedder); // a list that was kept is searched from the first answer on
  hideProgress();
  follow({ immediate: true });
  // Not before: the model's files come once, to the page, and the service worker finds them in the browser's cache.
  keepForOffline(embedder.facts.engine);
}

find("search", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  follow({ immediate: true });
});
input.addEventListener("input", () => follow());
clearButton.addEventListener("click", clear);
listenToKeys({ clear });
listenToFilters(() => follow());
listenToAddress(followAddress);
listenToLanguage(() => {
  showTitle();
  showNetwork();
  showChosen();
  translateFailure();
  lists.translate();
  map.translate();
  if (shown) shown();
  else follow();
});

for (const example of EXAMPLES) {
  const button = document.createElement("button");
  button.type = "button";
  button.lang = "ko";
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
if (location.hash !== "") followAddress();
else follow();
showNetwork();
load();
