// Chromium, and pages in it that report what they should not do.

import { accessSync, constants } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** For one step of a page; loading a model on a slow machine is one. */
const TIMEOUT_MS = 90_000;

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
      const file = path.join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // not here
      }
    }
  }
  throw new Error("no Chromium on PATH: install it (Debian: apt-get install chromium) or name it in CHROMIUM");
}

export const launch = () => chromium.launch({ executablePath: findChromium(), args: ARGUMENTS });

/** What Playwright itself logs in a page that may not have a service worker. */
const BLOCKED = "Service Worker registration blocked by Playwright";

/**
 * A page of its own context. `troubles` collects uncaught errors and what the browser logs as an error: a refused
 * script, a missing file.
 *
 * Without a service worker, unless asked for (`serviceWorkers: "allow"`): it would answer in place of the server that a
 * test watches or replaces.
 */
export async function openPage(browser, options = {}) {
  const defaults = { viewport: { width: 1100, height: 900 }, serviceWorkers: "block" };
  const context = await browser.newContext({ ...defaults, ...options });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => {
    const isTrouble = message.type() === "error" || message.type() === "warning";
    if (isTrouble && message.text() !== BLOCKED) troubles.push(message.text());
  });
  return { context, page, troubles };
}

/** Resolves when the page at hand can search. */
export const untilReady = (page) => page.locator("#status", { hasText: "준비되었습니다" }).waitFor();

/** Resolves when the page has so many workers: they come and go a little after the page's own news of it. */
export async function untilWorkers(page, count) {
  const deadline = Date.now() + TIMEOUT_MS;
  while (page.workers().length !== count) {
    if (Date.now() > deadline) throw new Error(`${page.workers().length} workers, expected ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The names in the list of results, best first, once there are any. */
export async function resultNames(page) {
  await page.locator("#results li").first().waitFor();
  return page.locator("#results .name").allTextContents();
}

/**
 * An empty page on the site's origin, without the page's own scripts and policy, with the module's classes as
 * globals.
 */
export async function openBlank(browser, address) {
  const opened = await openPage(browser);
  const url = `${address}blank.html`;
  await opened.context.route(url, (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><title>blank</title>" }),
  );
  await opened.page.goto(url);
  await opened.page.evaluate(async () => Object.assign(globalThis, await import("./yaksearch.js")));
  return opened;
}
