// Looks at pages of the conflict desk as somebody who is logged in, and decides one without a script:
// node browser.mjs CITY SECRET SCREENSHOTS PATH...
import { openBrowser } from "../../web/tests/browser.mjs";
import { openWindow, walk } from "../../web/tests/walk.mjs";

const [city, secret, screenshots, ...paths] = process.argv.slice(2);
const browser = await openBrowser();

await walk(
  browser,
  city,
  paths.map((path, number) => [`conflict-${number}`, path]),
  { screenshots, secret },
);

const page = await openWindow(browser, city, 360, { secret, javaScriptEnabled: false });
await page.goto(`${city}${paths[1]}`);
await page.click("text=Vzít, co čeká");
await page.waitForSelector("text=Vzít rozhodnutí zpět");
await page.click("text=Vzít rozhodnutí zpět");
await page.waitForSelector("text=Jak to má být?");
await browser.close();
