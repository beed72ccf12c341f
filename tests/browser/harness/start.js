// What nearly every file of tests needs.

import { after } from "node:test";
import { launch } from "./browser.js";
import { startSite } from "./site.js";

/** The site and a Chromium, which end when the file's tests have. */
export async function start() {
  const site = await startSite();
  after(() => site.stop());
  const browser = await launch();
  after(() => browser.close());
  return { site, browser };
}
