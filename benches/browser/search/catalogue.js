// A list as long as the Korean market's: the products of data/, and made-up brands of the same ingredients. The same
// every time.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse, write } from "./csv.js";

export const PRODUCTS = 18_749;
const FILES = ["products.csv", "evaluation/catalogue.csv", "training_products.csv"];
/** A product's name: its brand, and its form with all that follows. */
const NAME = /^(.{2,}?)((?:정|캡슐|주|시럽|액|크림|겔|연고|과립|점안|패취|현탁).*)$/u;

/** The list as CSV; `data` is the folder of the project's tables. */
export async function makeCatalogue(data) {
  const texts = await Promise.all(FILES.map((file) => readFile(path.join(data, file), "utf8")));
  const known = new Map(texts.flatMap(parse).map((record) => [record.id, record]));
  const records = [...known.values()];
  const brands = records.map(({ name }) => NAME.exec(name)?.[1] ?? name);
  const syllables = brands.flatMap((brand) => [...brand].filter((char) => char >= "가" && char <= "힣"));
  const random = generator();
  const pick = (list) => list[Math.floor(random() * list.length)];
  const all = [...records];
  while (all.length < PRODUCTS) {
    const product = pick(records);
    const [, , rest] = NAME.exec(product.name) ?? ["", "", "정"];
    const brand = Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(syllables)).join("");
    all.push({ ...product, id: `made-up-${all.length}`, name: brand + rest, company: pick(records).company });
  }
  return write(Object.keys(records[0]), all.slice(0, PRODUCTS));
}

/** Numbers from 0 to 1 (mulberry32). */
function generator() {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
