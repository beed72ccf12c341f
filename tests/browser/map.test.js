// The map: the catalogue by class, with the question and the results in it, for whoever unfolds it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { openBlank, openPage, resultNames, untilReady } from "./harness/browser.js";
import { start } from "./harness/start.js";

/** Counts what the engine computes for maps. */
const COUNT = `
  globalThis.computed = { map: 0, place: 0 };
  for (const method of ["map", "place"]) {
    const original = Index.prototype[method];
    Index.prototype[method] = function (...args) {
      computed[method] += 1;
      return original.apply(this, args);
    };
  }`;

const { site, browser } = await start();
const CATALOGUE = new URL("../../data/products.csv", import.meta.url);

/** The page, ready, with a count of what its worker computes for maps. */
async function open(options) {
  const opened = await openPage(browser, options);
  await opened.context.route(`${site.address}pkg/yaksearch.js`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()) + COUNT });
  });
  await opened.page.addInitScript(READ);
  await opened.page.goto(site.address);
  await untilReady(opened.page);
  return opened;
}

const computed = (page) => page.workers()[0].evaluate(() => globalThis.computed);

/** Unfolds the map; resolves when it is drawn. */
async function unfold(page, hint = "점을 가리키거나 누르면") {
  await page.locator("#map > summary").click();
  await page.locator("#map-pointed", { hasText: hint }).waitFor();
}

/** Resolves when the map says that it shows this. */
const untilDescribed = (page, label) => page.locator(`#map-canvas[aria-label*="${label}"]`).waitFor();

/** The canvas's pixels, read from a copy: reading the page's own would change how the browser draws it. */
const READ = `globalThis.pixelsOfMap = () => {
  const map = document.querySelector("#map-canvas");
  const copy = Object.assign(document.createElement("canvas"), { width: map.width, height: map.height });
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(map, 0, 0);
  return context.getImageData(0, 0, copy.width, copy.height);
};`;

/** Where the canvas has a colour of the style sheet as it is: so many pixels, and their middle in pixels of the page. */
const colourOf = (page, name) =>
  page.evaluate((name) => {
    const colour = getComputedStyle(document.querySelector("#map-canvas")).getPropertyValue(name);
    const wanted = colour.slice(1).match(/../g).map((hex) => parseInt(hex, 16));
    const { data, width } = globalThis.pixelsOfMap();
    let [count, x, y] = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] < 255 || wanted.some((value, channel) => data[i + channel] !== value)) continue;
      count += 1;
      x += (i / 4) % width;
      y += Math.floor(i / 4 / width);
    }
    return { count, x: x / count / devicePixelRatio, y: y / count / devicePixelRatio };
  }, name);

/** The middle of the question's star; null where there is none. */
async function starOf(page) {
  const { count, x, y } = await colourOf(page, "--amber");
  return count < 30 ? null : [x, y];
}

/** How many different colours cover more than a few pixels. */
const coloursOf = (page) =>
  page.evaluate(() => {
    const { data } = globalThis.pixelsOfMap();
    const counts = new Map();
    for (const pixel of new Uint32Array(data.buffer)) if (pixel !== 0) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    return [...counts.values()].filter((count) => count > 20).length;
  });

const picture = (page) => page.locator("#map-canvas").evaluate((canvas) => canvas.toDataURL());

/** Moves the pointer over the canvas until a product is named; gives what the line says, for so many of them. */
async function namesUnderPointer(page, wanted) {
  const { x, y, width, height } = await page.locator("#map-canvas").boundingBox();
  const names = new Set();
  for (let row = 1; row < 12 && names.size < wanted; row++) {
    for (let column = 1; column < 12 && names.size < wanted; column++) {
      await page.mouse.move(x + (width * column) / 12, y + (height * row) / 12);
      if ((await page.locator("#map-pointed").getAttribute("lang")) === "ko") {
        names.add(await page.locator("#map-pointed").textContent());
      }
    }
  }
  return [...names];
}

test("folded at first, and nothing is computed for it", async () => {
  const { context, page, troubles } = await open();
  assert.equal(await page.locator("#map-canvas").isVisible(), false);
  await page.getByRole("searchbox").fill("열을 내리는 약은?");
  await resultNames(page);
  assert.deepEqual(await computed(page), { map: 0, place: 0 });

  await unfold(page);
  assert.deepEqual(await computed(page), { map: 1, place: 1 });
  await page.locator("#map > summary").click();
  await page.getByRole("searchbox").fill("두통약");
  await page.locator("#results > li:first-child").filter({ hasText: "두통" }).waitFor();
  assert.deepEqual(await computed(page), { map: 1, place: 1 }, "nor when it is folded again");
  await unfold(page);
  assert.deepEqual(await computed(page), { map: 1, place: 2 }, "the products stay where they are");
  assert.deepEqual(troubles, []);
  await context.close();
});

test("dots of every group, each with its word; no question before one is asked", async () => {
  const { context, page } = await open();
  await unfold(page);
  await untilDescribed(page, "의약품 380가지의 지도");
  const groups = await page.locator("#map-legend li").allTextContents();
  assert.deepEqual(groups, [
    "신경계·감각기관용",
    "개개의 기관계용",
    "대사성",
    "조직세포의 기능용(종양·알레르기)",
    "항병원생물성",
    "치료를 주목적으로 하지 않음",
    "마약",
  ]);
  const colours = await coloursOf(page);
  assert.ok(colours >= 5, `${colours} colours`);
  assert.equal((await colourOf(page, "--ink")).count, 0, "no result is marked");
  assert.equal(await starOf(page), null);
  await context.close();
});

test("question and results appear, and change with the question", async () => {
  const { context, page, troubles } = await open();
  await unfold(page);
  const empty = await picture(page);
  const requests = [];
  context.on("request", (request) => requests.push(request.url()));

  const box = page.getByRole("searchbox");
  await box.fill("열을 내리는 약은?");
  await untilDescribed(page, "질문의 자리와 찾은 약 20가지가 표시되어 있습니다");
  const fever = { picture: await picture(page), star: await starOf(page), ink: (await colourOf(page, "--ink")).count };
  assert.ok(fever.star !== null && fever.ink > 100, JSON.stringify([fever.star, fever.ink]));
  assert.notEqual(fever.picture, empty);

  await box.fill("당뇨병 주사");
  await page.waitForFunction((before) => document.querySelector("#map-canvas").toDataURL() !== before, fever.picture);
  const star = await starOf(page);
  assert.ok(Math.hypot(star[0] - fever.star[0], star[1] - fever.star[1]) > 20, `${star} and ${fever.star}`);

  await box.fill("");
  await page.waitForFunction((before) => document.querySelector("#map-canvas").toDataURL() === before, empty);
  assert.equal(await page.locator("#map-canvas").getAttribute("aria-label"), "의약품 380가지의 지도");
  assert.deepEqual(requests, []);
  assert.deepEqual(troubles, []);
  await context.close();
});

test("the product that is pointed at, or touched, is named", async () => {
  const catalogue = await readFile(CATALOGUE, "utf8");
  const { context, page } = await open({ hasTouch: true });
  await page.getByRole("searchbox").fill("열을 내리는 약은?");
  const results = await resultNames(page);
  await unfold(page);
  await page.locator("#map").scrollIntoViewIfNeeded();
  const names = await namesUnderPointer(page, 30);
  assert.ok(names.length >= 10, names.join("\n"));
  for (const line of names) {
    const [, rank, name] = /^(?:(\d+)\. )?(.+) · /.exec(line) ?? assert.fail(line);
    if (rank !== undefined) assert.equal(results[rank - 1], name);
    else assert.ok(!results.includes(name), line);
    assert.ok(catalogue.includes(name), line);
  }
  await page.mouse.move(1, 1);
  await page.locator("#map-pointed", { hasText: "점을 가리키거나 누르면" }).waitFor();

  const best = await starOf(page);
  const { x, y } = await page.locator("#map-canvas").boundingBox();
  // Beside the star lies something: a question is near products.
  for (const [right, down] of [[0, 0], [15, 0], [-15, 0], [0, 15], [0, -15], [25, 25], [-25, -25], [25, -25], [-25, 25]]) {
    await page.touchscreen.tap(x + best[0] + right, y + best[1] + down);
    if ((await page.locator("#map-pointed").getAttribute("lang")) === "ko") break;
  }
  assert.match(await page.locator("#map-pointed").textContent(), / · /, "and stays named when the finger is lifted");
  await context.close();
});

test("narrow, dark, on a dense screen, in English", async () => {
  const { context, page, troubles } = await open({ viewport: { width: 320, height: 700 }, deviceScaleFactor: 3, colorScheme: "dark" });
  await page.getByRole("searchbox").fill("혈압을 낮추는 약");
  await resultNames(page);
  await unfold(page);
  await untilDescribed(page, "찾은 약 20가지");
  const sizes = () =>
    page.locator("#map-canvas").evaluate((canvas) => [canvas.width, canvas.height, canvas.clientWidth, canvas.clientHeight]);
  const [width, height, clientWidth, clientHeight] = await sizes();
  assert.deepEqual([width, height], [3 * clientWidth, 3 * clientHeight], "as sharp as the screen");
  assert.ok(clientWidth > 230 && clientWidth <= 288, `${clientWidth}`);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, "nothing sticks out");
  assert.ok((await starOf(page)) !== null);
  assert.ok((await colourOf(page, "--map-2")).count > 100, "dots and results in the colours of the night");

  await page.emulateMedia({ colorScheme: "light" });
  await page.waitForFunction(() => getComputedStyle(document.querySelector("#map-canvas")).getPropertyValue("--map-2") === "#d55e00");
  await page.waitForTimeout(100);
  assert.ok((await colourOf(page, "--map-2")).count > 100, "and in those of the day");

  await page.setViewportSize({ width: 900, height: 900 });
  await page.waitForFunction(() => {
    const canvas = document.querySelector("#map-canvas");
    return canvas.clientWidth > 600 && canvas.width === 3 * canvas.clientWidth;
  });
  assert.ok((await starOf(page)) !== null, "drawn anew at another size");

  await page.getByRole("button", { name: "English" }).click();
  await untilDescribed(page, "Map of 380 medicines, with the question and the 20 results marked");
  assert.equal(await page.locator("#map > summary").innerText(), "Map");
  for (const text of await page.locator("#map p, #map-legend li").allTextContents()) assert.doesNotMatch(text, /[가-힣]/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test("somebody's own list has a map of its own", async () => {
  const { context, page, troubles } = await open();
  await unfold(page);
  const list = [
    "id,name,class_code,class_name_ko",
    "P1,우리약국해열정,114,해열·진통·소염제",
    "P2,우리약국콧물정,141,항히스타민제",
    "P3,우리약국혈압정,214,혈압강하제",
    "P4,우리약국이름정,,",
  ].join("\n");
  await page.locator("#own-file").setInputFiles({ name: "우리약국.csv", mimeType: "text/csv", buffer: Buffer.from(list) });
  await untilDescribed(page, "의약품 4가지의 지도");
  assert.deepEqual(await page.locator("#map-legend li").allTextContents(), ["신경계·감각기관용", "개개의 기관계용", "기타"]);
  await page.getByRole("searchbox").fill("혈압을 낮추는 약");
  await untilDescribed(page, "의약품 4가지의 지도. 질문의 자리와 찾은 약 4가지");
  await page.getByRole("button", { name: "내 목록 지우기" }).click();
  await untilDescribed(page, "의약품 380가지의 지도. 질문의 자리와 찾은 약 20가지");
  assert.deepEqual(troubles, []);
  await context.close();
});

test("unfolded before all is ready, it is drawn once it is", async () => {
  const { context, page } = await openPage(browser);
  await page.goto(site.address);
  await page.locator("#map > summary").click();
  await page.getByText("준비되는 대로 그립니다.").waitFor();
  await untilDescribed(page, "의약품 380가지의 지도");
  await page.locator("#map-pointed", { hasText: "점을 가리키거나 누르면" }).waitFor();
  await context.close();
});

test("the module gives points, products and places", async () => {
  const { context, page, troubles } = await openBlank(browser, site.address);
  const found = await page.evaluate(async () => {
    const embedder = await Embedder.load("models/yak-e5-small-ko/");
    const index = await Index.load("data/catalogue.index", embedder);
    const map = await index.map();
    const again = await index.map();
    const places = {};
    for (const query of ["혈압을 낮추는 약", "고혈압약", "세균 감염에 쓰는 항생제"]) places[query] = await index.place(query);
    const refused = await index.place(7).catch(({ code, message }) => ({ code, message }));
    const controller = new AbortController();
    controller.abort("enough");
    const aborted = await index.place("두통", { signal: controller.signal }).catch((reason) => reason);
    index.dispose();
    const disposed = await index.map().catch(({ code }) => code);
    const same = again.points.every((value, i) => value === map.points[i]);
    return { type: map.points.constructor.name, points: [...map.points], products: map.products, places, refused, aborted, disposed, same };
  });
  const { points, products, places } = found;
  assert.equal(found.type, "Float32Array");
  assert.equal(points.length, 2 * products.length);
  assert.equal(products.length, 380);
  assert.deepEqual(Object.keys(products[0]), ["id", "name", "class_code", "class_name_ko"]);
  assert.equal(Math.max(...points.map(Math.abs)), 1);
  assert.equal(found.same, true);

  const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const middleOf = (digits) => {
    const own = products.flatMap(({ class_code }, i) => (class_code.startsWith(digits) ? [[points[2 * i], points[2 * i + 1]]] : []));
    return [0, 1].map((axis) => own.reduce((sum, point) => sum + point[axis], 0) / own.length);
  };
  const pressure = places["혈압을 낮추는 약"];
  const germs = places["세균 감염에 쓰는 항생제"];
  assert.ok(distance(pressure, places["고혈압약"]) < distance(pressure, germs), "what means alike lies together");
  assert.ok(distance(pressure, middleOf("214")) < distance(pressure, middleOf("61")), "near its products");
  assert.ok(distance(germs, middleOf("61")) < distance(germs, middleOf("214")), "near its products");

  assert.deepEqual(found.refused, { code: "input", message: "query is of type number; give a string" });
  assert.equal(found.aborted, "enough");
  assert.equal(found.disposed, "disposed");
  assert.deepEqual(troubles, []);
  await context.close();
});
