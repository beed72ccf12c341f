// The README's picture of the page: `node tests/browser/screenshot.js FILE.png`, after scripts/build.

import { launch, openPage, untilReady } from "./harness/browser.js";
import { startSite } from "./harness/site.js";

const [, , file] = process.argv;
if (file === undefined) {
  console.error("usage: node tests/browser/screenshot.js FILE.png");
  process.exit(2);
}

const VIEWS = [
  { question: "졸리지 않은 콧물약", width: 860, height: 780, colorScheme: "light" },
  { question: "혈압을 낮추는 약", width: 360, height: 780, colorScheme: "dark" },
];

const site = await startSite();
const browser = await launch();
const pictures = [];
for (const { question, width, height, colorScheme } of VIEWS) {
  const { context, page } = await openPage(browser, { viewport: { width, height }, colorScheme, serviceWorkers: "allow" });
  await page.goto(site.address);
  await untilReady(page);
  await page.getByRole("searchbox").fill(question);
  await page.locator("#results li").first().waitFor();
  await page.getByText("인터넷 없이도 쓸 수 있습니다").waitFor();
  await page.waitForTimeout(500); // the last of the transitions
  pictures.push({ width, height, data: (await page.screenshot()).toString("base64") });
  await context.close();
}

// Side by side, as cards.
const { context, page } = await openPage(browser, { viewport: { width: 1320, height: 860 } });
const images = pictures.map(({ width, height, data }) => `<img width="${width}" height="${height}" src="data:image/png;base64,${data}">`);
await page.setContent(`<style>
  body { margin: 40px 32px; display: flex; gap: 36px; background: #e8e4d8 }
  img { border-radius: 18px; box-shadow: 0 12px 40px #0003 }
</style>${images.join("")}`);
await page.screenshot({ path: file });
await context.close();
await browser.close();
await site.stop();
