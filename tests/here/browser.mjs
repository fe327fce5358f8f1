// Looks at pages of layers and places as everybody sees them, and finds a place, sorts and narrows with no script:
// node browser.mjs CITY SCREENSHOTS NAME=PATH...
import assert from "node:assert/strict";
import { openBrowser } from "../../web/tests/browser.mjs";
import { openWindow, walk } from "../../web/tests/walk.mjs";

const [city, screenshots, ...pages] = process.argv.slice(2);
const browser = await openBrowser();
await walk(
  browser,
  city,
  pages.map((page) => page.split(/=(.*)/s)),
  { screenshots },
);

const page = await openWindow(browser, city, 1200, { javaScriptEnabled: false });
await page.goto(`${city}/search`);
await page.fill("input[name=q]", "decany");
await page.click("text=Hledat");
await page.click("text=Co je zde");
await page.waitForSelector("figure svg");

/** Returns the texts of a column of the table. */
const column = (number) => page.locator(`tbody td:nth-child(${number})`).allTextContents();
const heights = async () => (await column(7)).map(Number);

await page.goto(`${city}/collections/street-lights/items?limit=30`);
await page.click("th >> text=Výška");
await page.waitForSelector("th[aria-sort=ascending]");
const lowest = await heights();
assert.deepEqual(
  lowest,
  lowest.toSorted((one, other) => one - other),
);
await page.click("th >> text=Výška");
await page.waitForSelector("th[aria-sort=descending]");
const highest = await heights();
assert.ok(highest[0] > lowest[0], "the highest come first");
await page.click("text=Vybrat jen některé");
await page.selectOption("select[name=pole_material]", { label: "betonový" });
await page.click("button:has-text('Vybrat')");
await page.waitForSelector("text=Ukázat všechny");
await page.waitForSelector("th[aria-sort=descending]");
assert.deepEqual([...new Set(await column(6))], ["betonový"]);
await page.click("text=Další stránka");
await page.waitForSelector("text=Na první stránku");
assert.deepEqual([...new Set(await column(6))], ["betonový"]);
await page.click("text=English");
await page.waitForSelector("text=To the first page");
await page.click("text=Show all");
await page.waitForSelector("text=Features: 4");
await browser.close();
