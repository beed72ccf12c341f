// Names of classes on the map, where there is room: the classes with the most products first.

/** @typedef {import("./map-view.js").Point} Point */
/** @typedef {import("../yaksearch.js").MapProduct} MapProduct */
/** @typedef {Point & { text: string, half: number }} Label its middle, and half its width */

/** Fewer products than this make no region of the map. */
const FEWEST = 3;
/** Classes of what is left over say nothing of a place. */
const LEFT_OVER = /^(기타|따로 분류되지)/;
/** Longer names hide more than they tell. */
const LONGEST = 12;
/** Of a line, and around it, in CSS pixels. */
const HEIGHT = 14;
const ROOM = 6;

/**
 * The names that find room on a canvas of this size, each in the middle of its class.
 *
 * @param {MapProduct[]} products
 * @param {Point[]} places theirs
 * @param {{ width: number, height: number }} size
 * @param {(text: string) => number} measure the width of a text
 * @returns {Label[]}
 */
export function labelsOf(products, places, { width, height }, measure) {
  /** @type {Map<string, Point[]>} */
  const classes = new Map();
  products.forEach(({ class_name_ko }, i) => {
    const own = classes.get(class_name_ko);
    if (own === undefined) classes.set(class_name_ko, [places[i]]);
    else own.push(places[i]);
  });
  /** @type {Label[]} */
  const placed = [];
  for (const [name, own] of [...classes].sort(([, a], [, b]) => b.length - a.length)) {
    const text = name.replace(/\(.*/, "");
    if (own.length < FEWEST || text === "" || text.length > LONGEST || LEFT_OVER.test(text)) continue;
    const half = measure(text) / 2;
    const x = Math.min(Math.max(median(own.map((place) => place.x)), half), width - half);
    const y = Math.min(Math.max(median(own.map((place) => place.y)), HEIGHT / 2), height - HEIGHT / 2);
    const free = placed.every((other) => Math.abs(x - other.x) > half + other.half + ROOM || Math.abs(y - other.y) > HEIGHT + ROOM);
    if (free) placed.push({ x, y, text, half });
  }
  return placed;
}

/** Whether a label lies over what is drawn around `place`. */
export function covers(/** @type {Label} */ label, /** @type {Point} */ place, /** @type {number} */ radius) {
  return Math.abs(label.x - place.x) < label.half + radius && Math.abs(label.y - place.y) < HEIGHT / 2 + radius;
}

/** The middle one: a few that lie elsewhere do not move it. */
function median(/** @type {number[]} */ values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
