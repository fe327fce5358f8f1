// Tests pages that the server writes: node tests/pages.mjs URL FOLDER FOR SCREENSHOTS PATH...
// Each must be accessible, fit its window, complain of nothing and ask nobody else, by day and by night.
import { mkdir } from "node:fs/promises";
import { openBrowser } from "./browser.mjs";
import { violations } from "./walk.mjs";

const [address, screenshots, ...paths] = process.argv.slice(2);
const WINDOWS = [
  { width: 1440, height: 900, colorScheme: "light" },
  { width: 360, height: 740, colorScheme: "dark" },
];

/** Returns everything that is wrong with a page in a window. */
async function problems(browser, path, { colorScheme, ...viewport }) {
  const context = await browser.newContext({ viewport, colorScheme, locale: "cs-CZ" });
  const page = await context.newPage();
  const found = [];
  page.on("console", (message) => found.push(`console: ${message.text()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) {
      found.push(`left the machine: ${request.url()}`);
    }
  });
  const answer = await page.goto(new URL(path, address).href, { waitUntil: "networkidle" });
  if (!answer.ok()) {
    found.push(`answered ${answer.status()}`);
  }
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  if (width > viewport.width) {
    found.push(`is ${width} px wide`);
  }
  found.push(...(await violations(page)));
  const name = path.replaceAll(/[^a-z0-9]+/g, "-");
  await page.screenshot({ path: `${screenshots}/page${name}-${viewport.width}.png`, fullPage: true });
  await context.close();
  return found.map((problem) => `${path} at ${viewport.width} px, ${colorScheme}: ${problem}`);
}

await mkdir(screenshots, { recursive: true });
const browser = await openBrowser();
const found = [];
for (const path of paths) {
  for (const window of WINDOWS) {
    found.push(...(await problems(browser, path, window)));
  }
}
await browser.close();
console.log(found.length === 0 ? `${paths.length} pages are sound` : found.join("\n"));
process.exitCode = found.length === 0 ? 0 : 1;
