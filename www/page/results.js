// The ranked list.

import { find } from "./find.js";

const list = find("results", HTMLOListElement);
const caution = find("caution");

/** @typedef {import("../yaksearch.js").Hit} Hit */

/** Shows `hits`, best first, in place of whatever was shown. */
export function showResults(/** @type {Hit[]} */ hits) {
  caution.hidden = hits.length === 0;
  const scores = hits.map((hit) => hit.score);
  const lowest = Math.min(...scores);
  const spread = Math.max(...scores) - lowest || 1;
  list.replaceChildren(
    // Similarities crowd into a narrow band, so a bar shows a hit's place between the list's best and its last.
    ...hits.map((hit, i) => item(hit, i + 1, (hit.score - lowest) / spread)),
  );
}

function item(/** @type {Hit} */ { score, record }, /** @type {number} */ rank, /** @type {number} */ nearness) {
  const summary = element("summary", "hit", [
    element("span", "rank", String(rank)),
    element("span", "body", [
      element("span", "title", [element("b", "name", record.name), badge(record.rx_otc)]),
      element("span", "facts", joined([record.ingredients_ko.join(", ") || record.ingredients_en.join(", ")])),
      element("span", "facts quiet", joined([record.class_name_ko, record.form, record.company])),
    ]),
    nearnessBar(score, nearness),
  ]);
  const details = element("details", "product", [summary, particulars(record, score)]);
  return element("li", "", [details]);
}

function badge(/** @type {string} */ kind) {
  if (kind === "") return "";
  return element("span", kind === "전문의약품" ? "badge prescription" : "badge", kind);
}

function nearnessBar(/** @type {number} */ score, /** @type {number} */ nearness) {
  const fill = element("span", "fill", []);
  fill.style.setProperty("--nearness", nearness.toFixed(3)); // a style attribute would be refused by the page's policy
  return element("span", "score", [
    element("span", "unseen", "가까움"),
    element("span", "number", score.toFixed(3)),
    element("span", "track", [fill]),
  ]);
}

/** Everything known of a product, for who unfolds it. */
function particulars(/** @type {Hit["record"]} */ record, /** @type {number} */ score) {
  const rows = [
    ["성분", record.ingredients_ko.join(", ")],
    ["성분(영문)", record.ingredients_en.join(", ")],
    ["분류", joined([record.class_code, record.class_name_ko])],
    ["제형", record.form],
    ["구분", record.rx_otc],
    ["업체", record.company],
    ["품목", record.id],
    ["가까움", score.toFixed(4)],
  ];
  return element(
    "dl",
    "particulars",
    rows
      .filter(([, value]) => value !== "")
      .map(([term, value]) => element("div", "", [element("dt", "", term), element("dd", "", value)])),
  );
}

const joined = (/** @type {string[]} */ parts) => parts.filter((part) => part !== "").join(" · ");

/** Text always goes in as text: records are data, never markup. */
function element(/** @type {string} */ name, /** @type {string} */ className, /** @type {string | (Node | string)[]} */ content) {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.append(...(typeof content === "string" ? [content] : content));
  return made;
}
