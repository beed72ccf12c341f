// The language of the page: Korean first, English at a click.
//
// index.html says in Korean whatever it can say without a script. `data-word` names such a text, and `data-word-label` a
// label for screen readers; en.js has them in English.

import { en } from "./words/en.js";
import { ko } from "./words/ko.js";
import { find } from "./find.js";

/** @typedef {typeof ko} Words */

const LANGUAGES = { ko, en };
const KEY = "yaksearch-language";
const button = find("language", HTMLButtonElement);
const texts = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-word]")]).map((element) => ({
  name: element.dataset.word ?? "",
  korean: element.textContent,
  set: (/** @type {string} */ text) => (element.textContent = text),
}));
const labels = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-word-label]")]).map((element) => ({
  name: element.dataset.wordLabel ?? "",
  korean: element.ariaLabel ?? "",
  set: (/** @type {string} */ text) => (element.ariaLabel = text),
}));

/** What the page says, in its language. @type {Words} */
export let words = ko;

/** @type {() => void} */
let afterwards = () => {};

/** Calls `listener` after every change of the language, and brings back the one that was chosen before. */
export function listenToLanguage(/** @type {() => void} */ listener) {
  afterwards = listener;
  if (remembered() === "en") speak("en");
}

button.addEventListener("click", () => {
  const next = words === ko ? "en" : "ko";
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // not kept: private windows may forbid it
  }
  speak(next);
});

function speak(/** @type {keyof typeof LANGUAGES} */ language) {
  words = LANGUAGES[language];
  document.documentElement.lang = language;
  for (const { name, korean, set } of [...texts, ...labels]) set(language === "ko" ? korean : en.page[name]);
  const other = language === "ko" ? { name: "English", lang: "en" } : { name: "한국어", lang: "ko" };
  button.textContent = other.name;
  button.lang = other.lang;
  afterwards();
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
