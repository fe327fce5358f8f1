// Looks at pages of history as somebody who is logged in, and undoes a change set without a script, twice:
// node browser.mjs CITY SECRET SCREENSHOTS CHANGE_SET PATH...
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { openBrowser } from "../../web/tests/browser.mjs";

const [city, secret, screenshots, changeSet, ...paths] = process.argv.slice(2);
const axe = await readFile(new URL("../../web/node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const browser = await openBrowser();

async function open(width, settings = {}) {
  const context = await browser.newContext({ locale: "cs-CZ", viewport: { width, height: 740 }, ...settings });
  await context.addCookies([{ name: "obzor-session", value: secret, url: city }]);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return page;
}

for (const [name, width, settings] of [
  ["phone", 360, {}],
  ["desk", 1200, {}],
  ["dark", 360, { colorScheme: "dark" }],
]) {
  const page = await open(width, settings);
  for (const [number, path] of [changeSet, ...paths].entries()) {
    await page.goto(`${city}${path}`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run());
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${name} ${path} ${id}: ${nodes.map(({ html }) => html)}`),
      [],
    );
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${path} is ${wide} wide`);
    await page.screenshot({ path: `${screenshots}/history-${number}-${name}.png`, fullPage: true });
  }
  await page.context().close();
}

const page = await open(360, { javaScriptEnabled: false });
for (const name of ["once", "again"]) {
  await page.goto(`${city}${changeSet}`);
  await page.click("button:has-text('Vrátit celou sadu')");
  await page.waitForLoadState();
  await page.screenshot({ path: `${screenshots}/undone-${name}.png`, fullPage: true });
  assert.ok(new URL(page.url()).pathname !== changeSet, "it went on to what came of it");
}
await browser.close();
