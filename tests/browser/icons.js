// The icons of the installed page, from www/icon.svg: `node tests/browser/icons.js`, when that has changed.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { launch } from "./harness/browser.js";

const WWW = new URL("../../www/", import.meta.url);
const PAPER = "#f8f6f0";
const ICONS = [
  { name: "icon-192.png", size: 192, part: 1 },
  { name: "icon-512.png", size: 512, part: 1 },
  // Systems cut these to their own shape: the middle 80 % stay.
  { name: "icon-maskable-512.png", size: 512, part: 0.68, background: PAPER },
  { name: "icon-apple-180.png", size: 180, part: 0.8, background: PAPER },
];

const svg = (await readFile(new URL("icon.svg", WWW))).toString("base64");
const browser = await launch();
for (const { name, size, part, background = "transparent" } of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>
    body { margin: 0; height: 100vh; display: grid; place-items: center; background: ${background} }
  </style><img width="${size * part}" src="data:image/svg+xml;base64,${svg}">`);
  await page.locator("img").evaluate((image) => image.decode());
  await page.screenshot({ path: fileURLToPath(new URL(name, WWW)), omitBackground: true });
  await page.close();
}
await browser.close();
