// The ranked list.

import { find } from "./find.js";
import { filter } from "./filters.js";
import { words } from "./words.js";

const input = find("query");
const list = find("results", HTMLOListElement);
const caution = find("caution");

/** @typedef {import("../yaksearch.js").Hit} Hit */

/** @typedef {(hit: Hit) => Promise<Hit[]>} Others the other products with the ingredients of one */

/**
 * Shows `hits`, best first, in place of whatever was shown.
 *
 * @param {Hit[]} hits
 * @param {Others} [others]
 */
export function showResults(hits, others = async () => []) {
  caution.hidden = hits.length === 0;
  const at = [...list.children].findIndex((item) => item.contains(document.activeElement));
  list.replaceChildren(...hits.map((hit, i) => item(hit, i + 1, others)));
  // Whoever was in the list by keyboard stays there.
  if (at !== -1) (list.children[at]?.querySelector("summary") ?? input).focus();
}

function item(/** @type {Hit} */ hit, /** @type {number} */ rank, /** @type {Others} */ others) {
  const { record, reason } = hit;
  const named = reason.kind === "name" ? marked(record.name, reason.span) : [record.name];
  const summary = element("summary", "hit", [
    element("span", "rank", String(rank)),
    element("span", "body", [
      element("span", "title", [korean("b", "name", named), badge(record.rx_otc)]),
      korean("span", "facts", ingredients(hit)),
      korean("span", "facts quiet", parts([record.class_name_ko, record.form, record.company])),
      element("span", "reasons", why(hit)),
      ...(hit.alike > 0 ? [element("span", "more", words.moreAlike(hit.alike))] : []),
    ]),
  ]);
  const details = element("details", "product", [summary, particulars(hit)]);
  if (hit.alike > 0) details.addEventListener("toggle", () => showAlike(details, hit, others), { once: true });
  return element("li", "", [details]);
}

/** Lists the other products with the same ingredients, once somebody wants to see them. */
async function showAlike(/** @type {HTMLElement} */ details, /** @type {Hit} */ hit, /** @type {Others} */ others) {
  const alike = await others(hit).catch(() => []); // the page's next search tells what is wrong
  const items = alike.map(({ record }) =>
    element("li", "", [
      element("span", "title", [korean("b", "", record.name), badge(record.rx_otc)]),
      korean("span", "facts quiet", parts([record.form, record.company])),
    ]),
  );
  const list = element("ul", "alike", items);
  list.ariaLabel = words.alike;
  details.append(list);
}

/** The ingredients, with the one that the question names marked. */
function ingredients(/** @type {Hit} */ { record, reason }) {
  const names = record.ingredients_ko.length > 0 ? record.ingredients_ko : record.ingredients_en;
  const span = reason.kind === "ingredient" ? reason.span : null;
  if (span === null || record.ingredients_ko.length === 0) return names.join(", ");
  const at = /** @type {{ item: number | null }} */ (reason).item;
  return names.flatMap((name, i) => [...(i > 0 ? [", "] : []), ...(i === at ? marked(name, span) : [name])]);
}

/** The reasons, and what is not known. */
function why(/** @type {Hit} */ { record, reason, unknown }) {
  const lines = [];
  if (reason.kind === "name") lines.push(words.manners[reason.manner]);
  if (reason.kind === "ingredient") {
    const group = reason.group === null ? "" : ` (${reason.group})`;
    lines.push(words.ingredient(`${reason.matched}${group}`, words.manners[reason.manner]));
  }
  if (reason.kind === "alike") lines.push(reason.more ? words.alikeAndMore(reason.like) : words.alike(reason.like));
  if (reason.kind === "purpose") {
    lines.push(words.purpose(reason.purpose));
    if (reason.question !== null) lines.push(words.question(reason.question));
  }
  if (reason.kind === "meaning") lines.push(words.meaning);
  // A filter leaves in what the facts at hand do not rule out.
  const sale = filter().sale !== undefined && record.rx_otc === "" ? [words.unknownSale] : [];
  return [
    ...lines.map((line) => element("span", "why", line)),
    ...[...unknown.map((fact) => words.unknown[fact]), ...sale].map((line) => element("span", "why unknown", line)),
  ];
}

/** `text` with the characters of `span` marked. */
function marked(/** @type {string} */ text, /** @type {import("../yaksearch.js").Span} */ { start, end }) {
  const characters = [...text];
  const part = (/** @type {number} */ from, /** @type {number | undefined} */ to) => characters.slice(from, to).join("");
  return [part(0, start), element("mark", "", part(start, end)), part(end, undefined)];
}

function badge(/** @type {string} */ kind) {
  if (kind === "") return "";
  return element("span", kind === "전문의약품" ? "badge prescription" : "badge", saleOf(kind));
}

/** "일반의약품" and "전문의약품" in the page's language; a list may say something else. */
const saleOf = (/** @type {string} */ kind) => words.sale[/** @type {keyof typeof words.sale} */ (kind)] ?? kind;

/** Everything known of a product, for who unfolds it. */
function particulars(/** @type {Hit} */ { record, dense }) {
  const terms = words.particulars;
  const rows = [
    [terms.ingredients, record.ingredients_ko.join(", ")],
    [terms.english, record.ingredients_en.join(", ")],
    [terms.class, joined([record.class_code, record.class_name_ko])],
    [terms.form, record.form],
    [terms.sale, saleOf(record.rx_otc)],
    [terms.company, record.company],
    [terms.efficacy, record.efficacy ?? ""],
    [terms.id, record.id],
    [terms.near, dense?.toFixed(4) ?? ""],
  ];
  return element(
    "dl",
    "particulars",
    rows
      .filter(([, value]) => value !== "")
      .map(([term, value]) => element("div", "", [element("dt", "", term), korean("dd", "", value)])),
  );
}

const joined = (/** @type {string[]} */ texts) => texts.filter((text) => text !== "").join(" · ");

/** As `joined`, for lines that break between the texts rather than within one. */
const parts = (/** @type {string[]} */ texts) =>
  texts.filter((text) => text !== "").flatMap((text, i) => [i > 0 ? " · " : "", element("span", "part", text)]);

/** What a product's record says, which is Korean in every language of the page. */
const korean = (/** @type {Parameters<typeof element>} */ ...made) => Object.assign(element(...made), { lang: "ko" });

/** Text always goes in as text: records are data, never markup. */
function element(/** @type {string} */ name, /** @type {string} */ className, /** @type {string | (Node | string)[]} */ content) {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.append(...(typeof content === "string" ? [content] : content));
  return made;
}
