// What hits must fulfil beside the question.

import { find } from "./find.js";

/** @typedef {import("../yaksearch.js").Filter} Filter */

const form = find("filter-form", HTMLFormElement);
const now = find("filters-now");
const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("[name=fact]")]);
const FIELDS = ["sale", "route", "form", "company"];

/** A select or a text box of the form. */
const field = (/** @type {string} */ name) =>
  /** @type {HTMLSelectElement | HTMLInputElement} */ (form.elements.namedItem(name));

/** Calls `listener` when a choice changed. */
export function listenToFilters(/** @type {() => void} */ listener) {
  const changed = () => {
    showChosen();
    listener();
  };
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(changed)); // the fields are emptied when all listeners have run
}

/** The choices, as the page's address carries them: only what was chosen. */
export function chosen() {
  /** @type {[string, string][]} */
  const values = FIELDS.map((name) => [name, field(name).value.trim()]);
  const facts = boxes.filter((box) => box.checked).map((box) => box.value);
  return Object.fromEntries([...values, ["facts", facts.join(",")]].filter(([, value]) => value !== ""));
}

/** Makes the choices those of an address; what it does not know is left out. */
export function choose(/** @type {Record<string, string>} */ choices) {
  for (const name of FIELDS) {
    const element = field(name);
    element.value = choices[name] ?? "";
    if (element instanceof HTMLSelectElement && element.selectedIndex === -1) element.value = "";
  }
  const facts = (choices.facts ?? "").split(",");
  for (const box of boxes) box.checked = facts.includes(box.value);
  showChosen();
}

/** The choices, as the module takes them. */
export function filter() {
  const { sale, route, form, company, facts } = /** @type {Record<string, string | undefined>} */ (chosen());
  const all = { sale, routes: route && [route], form, company, facts: facts?.split(",") };
  return /** @type {Filter} */ (Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
}

/** Says the choices beside the form's title: the form may be folded. */
export function showChosen() {
  const said = FIELDS.map(field).map((element) => {
    const text = element instanceof HTMLSelectElement ? (element.selectedOptions[0]?.text ?? "") : element.value;
    return element.value === "" ? "" : text.trim();
  });
  const facts = boxes.filter((box) => box.checked).map((box) => box.parentElement?.textContent.trim() ?? "");
  now.textContent = [...said, ...facts].filter((text) => text !== "").join(", ");
}
