// Tests that pages and map work under a path of a server: node tests/base-run.mjs URL, such as http://127.0.0.1:8080/obzor
import assert from "node:assert/strict";
import { openBrowser } from "./browser.mjs";
import { City } from "./city.mjs";

const base = new URL(process.argv[2]);
const browser = await openBrowser();
const city = new City(browser, base.origin);
try {
  await city.openWindow();
  const { page } = city;
  await page.goto(base.href);
  for (const path of ["catalog", "quality", "collections"]) {
    await page.click(`a[href^="${base.pathname}/${path}?"]`);
    await page.waitForURL((url) => url.pathname === `${base.pathname}/${path}`);
  }
  await page.click(`a[href^="${base.pathname}/map"]`);
  await city.idle();
  await page.goto(`${base.href}/field`);
  await page.waitForFunction(() => navigator.serviceWorker.ready.then(() => true));
  const outside = city.asked.filter((path) => path.startsWith("/") && !path.startsWith(base.pathname));
  assert.deepEqual(outside, []);
  assert.ok(
    city.asked.some((path) => path.startsWith(`${base.pathname}/tiles/`)),
    "tiles were asked for",
  );
  city.assertQuiet();
  console.log("ok");
} finally {
  await browser.close();
}
