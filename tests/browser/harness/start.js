// What nearly every file of tests needs.

import { after } from "node:test";
import { launch } from "./browser.js";
import { launchFirefox } from "./firefox.js";
import { startSite } from "./site.js";

/** The site and a Chromium, which end when the file's tests have. */
export async function start() {
  const [site, browser] = await startWith(launch);
  return { site, browser };
}

/** The site and a Firefox, which end when the file's tests have. */
export async function startFirefox() {
  const [site, firefox] = await startWith(launchFirefox);
  return { site, firefox };
}

async function startWith(/** @type {() => Promise<{ close(): Promise<void> }>} */ launchBrowser) {
  const site = await startSite();
  after(() => site.stop());
  const browser = await launchBrowser();
  after(() => browser.close());
  return /** @type {const} */ ([site, browser]);
}
