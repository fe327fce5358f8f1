// Looks at pages of history as somebody who is logged in, and undoes a change set without a script, twice:
// node browser.mjs CITY SECRET SCREENSHOTS CHANGE_SET PATH...
import assert from "node:assert/strict";
import { openBrowser } from "../../web/tests/browser.mjs";
import { openWindow, walk } from "../../web/tests/walk.mjs";

const [city, secret, screenshots, changeSet, ...paths] = process.argv.slice(2);
const browser = await openBrowser();

await walk(
  browser,
  city,
  [changeSet, ...paths].map((path, number) => [`history-${number}`, path]),
  { screenshots, secret },
);

const page = await openWindow(browser, city, 360, { secret, javaScriptEnabled: false });
for (const name of ["once", "again"]) {
  await page.goto(`${city}${changeSet}`);
  await page.click("button:has-text('Vrátit celou sadu')");
  await page.waitForLoadState();
  await page.screenshot({ path: `${screenshots}/undone-${name}.png`, fullPage: true });
  assert.ok(new URL(page.url()).pathname !== changeSet, "it went on to what came of it");
}
await browser.close();
