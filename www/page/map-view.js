// The picture of a map: dots by class, the hits among them, and the question.

import { covers, labelsOf } from "./map-labels.js";

/** @typedef {import("../yaksearch.js").ProductMap} ProductMap */
/** @typedef {{ x: number, y: number }} Point in CSS pixels of the canvas */
/** @typedef {{ map: ProductMap, hits: number[], question: [number, number] | null, label: string }} Scene hits by their places in the map, best first */

/** Kept free at the edges: dots, rings and the question's star stay whole. In CSS pixels, as all lengths here. */
const MARGIN = 18;
/** How far from a dot a finger or a pointer still means it. */
const REACH = 16;
/** By how much a hit's dot is larger than others. */
const MORE_OF_A_HIT = 2.5;
const GROUPS = 8;

/** By the first digit of the class's code: 1 to 8, and 0 for all that is none of them. */
export function groupOf(/** @type {string} */ classCode) {
  const digit = Number(classCode[0]);
  return digit >= 1 && digit <= GROUPS ? digit : 0;
}

export class MapView {
  #canvas;
  /** The dots alone, drawn once: there may be thousands. */
  #dots = document.createElement("canvas");
  /** @type {Scene | null} */
  #scene = null;
  /** Where a point of the map is drawn. @type {(x: number, y: number) => Point} */
  #place = () => ({ x: 0, y: 0 });
  /** Where each product is drawn. @type {Point[]} */
  #places = [];
  /** Of a dot. */
  #radius = 0;
  /** @type {import("./map-labels.js").Label[]} */
  #labels = [];
  /** The product that is pointed at. @type {number | null} */
  #pointed = null;

  constructor(/** @type {HTMLCanvasElement} */ canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#layOut()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#layOut());
  }

  show(/** @type {Scene | null} */ scene) {
    const same = scene !== null && scene.map === this.#scene?.map;
    this.#scene = scene;
    this.#pointed = null;
    if (same) this.#draw();
    else this.#layOut();
  }

  /** Marks the product at this place, or none. @returns {number | null} the product's place in the map */
  pointAt(/** @type {Point} */ { x, y }) {
    if (this.#scene === null) return null;
    const distances = this.#places.map((place) => Math.hypot(place.x - x, place.y - y));
    const nearest = (/** @type {Iterable<number>} */ numbers) => {
      let best = null;
      for (const number of numbers) if (distances[number] < (best === null ? REACH : distances[best])) best = number;
      return best;
    };
    // A hit lies on top of what is near it.
    const hit = nearest(this.#scene.hits);
    const pointed = hit !== null && distances[hit] <= this.#radius + MORE_OF_A_HIT ? hit : nearest(distances.keys());
    if (pointed !== this.#pointed) {
      this.#pointed = pointed;
      this.#draw();
    }
    return pointed;
  }

  /** No product is pointed at any more. */
  leave() {
    this.#pointed = null;
    this.#draw();
  }

  /** Places everything anew: another map, another size, other colours. */
  #layOut() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0 || height === 0) return; // folded
    const scale = devicePixelRatio;
    for (const canvas of [this.#canvas, this.#dots]) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      contextOf(canvas).setTransform(scale, 0, 0, scale, 0, 0);
    }
    this.#places = [];
    this.#labels = [];
    if (this.#scene !== null) {
      const { points, products } = this.#scene.map;
      this.#place = placer(points, width, height);
      this.#places = products.map((_, i) => this.#place(points[2 * i], points[2 * i + 1]));
      // Smaller where they are many, or the screen is small.
      this.#radius = Math.min(3, Math.max(1.2, 0.11 * Math.sqrt((width * height) / products.length)));
      this.#drawDots(products, { width, height });
    }
    this.#draw();
  }

  #drawDots(/** @type {ProductMap["products"]} */ products, /** @type {{ width: number, height: number }} */ size) {
    const context = contextOf(this.#dots);
    const colours = coloursOf(this.#canvas);
    context.globalAlpha = 0.8;
    products.forEach(({ class_code }, i) => {
      context.fillStyle = colours.groups[groupOf(class_code)];
      disc(context, this.#places[i], this.#radius);
      context.fill();
    });
    context.font = colours.quietFont;
    this.#labels = labelsOf(products, this.#places, size, (text) => context.measureText(text).width);
  }

  #draw() {
    const context = contextOf(this.#canvas);
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0) return;
    context.clearRect(0, 0, width, height);
    if (this.#scene === null) return;
    const { map, hits, question, label } = this.#scene;
    const colours = coloursOf(this.#canvas);
    context.drawImage(this.#dots, 0, 0, width, height);
    const radius = this.#radius + MORE_OF_A_HIT;
    context.font = colours.quietFont;
    context.textAlign = "center";
    for (const label of this.#labels) {
      // Where results lie they are what is to be seen.
      if (!hits.some((hit) => covers(label, this.#places[hit], radius))) write(context, label.text, label, colours.quiet, colours);
    }
    // The best on top.
    for (const hit of [...hits].reverse()) {
      ring(context, this.#places[hit], radius, colours.groups[groupOf(map.products[hit].class_code)], colours);
    }
    if (this.#pointed !== null) {
      const group = groupOf(map.products[this.#pointed].class_code);
      ring(context, this.#places[this.#pointed], radius + 2, colours.groups[group], colours);
    }
    if (question !== null) {
      const { x, y } = this.#place(...question);
      // It may lie beyond all products: then it is at the edge that it is beyond.
      const inside = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(Math.max(value, MARGIN), most - MARGIN);
      const at = { x: inside(x, width), y: inside(y, height) };
      star(context, at, colours);
      caption(context, at, label, width, colours);
    }
  }
}

/** How the points of a map come to lie on a canvas of this size: as large as fits, in one scale, y upwards. */
function placer(/** @type {Float32Array} */ points, /** @type {number} */ width, /** @type {number} */ height) {
  const [left, right] = rangeOf(points, 0);
  const [bottom, top] = rangeOf(points, 1);
  const room = { x: width - 2 * MARGIN, y: height - 2 * MARGIN };
  const scale = Math.min(room.x / (right - left || 1), room.y / (top - bottom || 1));
  return (/** @type {number} */ x, /** @type {number} */ y) => ({
    x: width / 2 + (x - (left + right) / 2) * scale,
    y: height / 2 - (y - (bottom + top) / 2) * scale,
  });
}

/** The least and the greatest of every other number. */
function rangeOf(/** @type {Float32Array} */ points, /** @type {number} */ first) {
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = first; i < points.length; i += 2) {
    least = Math.min(least, points[i]);
    greatest = Math.max(greatest, points[i]);
  }
  return [least, greatest];
}

/** @typedef {ReturnType<typeof coloursOf>} Colours */

/** The style sheet decides, light and dark. */
function coloursOf(/** @type {HTMLElement} */ element) {
  const style = getComputedStyle(element);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name);
  return {
    groups: Array.from({ length: GROUPS + 1 }, (_, group) => colour(`--map-${group}`)),
    sheet: colour("--sheet"),
    ink: colour("--ink"),
    quiet: colour("--quiet"),
    star: colour("--amber"),
    font: `600 13px ${colour("--sans")}`,
    quietFont: `12px ${colour("--sans")}`,
  };
}

function contextOf(/** @type {HTMLCanvasElement} */ canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

function disc(/** @type {CanvasRenderingContext2D} */ context, /** @type {Point} */ { x, y }, /** @type {number} */ radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

/** A disc with an outline that tells it from whatever lies below. */
function ring(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {Point} */ at,
  /** @type {number} */ radius,
  /** @type {string} */ fill,
  /** @type {Colours} */ { sheet, ink },
) {
  disc(context, at, radius + 2);
  context.fillStyle = sheet;
  context.fill();
  disc(context, at, radius);
  context.fillStyle = fill;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = ink;
  context.stroke();
}

function star(/** @type {CanvasRenderingContext2D} */ context, /** @type {Point} */ { x, y }, /** @type {Colours} */ colours) {
  context.beginPath();
  for (let corner = 0; corner < 10; corner++) {
    const radius = corner % 2 === 0 ? 11 : 5;
    const angle = (corner * Math.PI) / 5;
    context.lineTo(x + radius * Math.sin(angle), y - radius * Math.cos(angle));
  }
  context.closePath();
  context.lineJoin = "round";
  context.lineWidth = 5;
  context.strokeStyle = colours.sheet;
  context.stroke();
  context.lineWidth = 1.5;
  context.strokeStyle = colours.ink;
  context.fillStyle = colours.star;
  context.fill();
  context.stroke();
}

/** What the star is, beside it: on the side where there is room. */
function caption(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {Point} */ { x, y },
  /** @type {string} */ text,
  /** @type {number} */ width,
  /** @type {Colours} */ colours,
) {
  context.font = colours.font;
  const left = x + 16 + context.measureText(text).width > width;
  context.textAlign = left ? "right" : "left";
  write(context, text, { x: left ? x - 15 : x + 15, y }, colours.ink, colours);
}

/** Text with a halo, to be read on whatever lies below. */
function write(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {string} */ text,
  /** @type {Point} */ { x, y },
  /** @type {string} */ colour,
  /** @type {Colours} */ { sheet },
) {
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = sheet;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
