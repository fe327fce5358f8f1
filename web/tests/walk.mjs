// Walks through pages that the server writes, on a phone, at a desk and in the dark.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const axe = await readFile(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const WINDOWS = [
  ["phone", 360, {}],
  ["desk", 1200, {}],
  ["dark", 360, { colorScheme: "dark" }],
];

/** Opens a window of its own; who has a secret is logged in by it. */
export async function openWindow(browser, city, width, { secret, ...settings } = {}) {
  const context = await browser.newContext({
    locale: "cs-CZ",
    reducedMotion: "reduce",
    viewport: { width, height: 740 },
    ...settings,
  });
  if (secret) {
    await context.addCookies([{ name: "obzor-session", value: secret, url: city }]);
  }
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return page;
}

/** Returns what axe finds wrong with a page as it stands. */
export async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run());
  return found.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map(({ html }) => html).join("\n    ")}`,
  );
}

/** Fails unless a page is accessible, fits its window, and keys scroll what is wider. */
export async function assertSound(page, name) {
  assert.deepEqual(await violations(page), [], name);
  const { inner, outer } = await page.evaluate(() => ({
    inner: document.documentElement.scrollWidth,
    outer: window.innerWidth,
  }));
  assert.ok(inner <= outer, `${name} is ${inner} px wide in a window of ${outer} px`);
  for (const table of await page.locator(".wide:visible").all()) {
    if (await table.evaluate((it) => it.scrollWidth > it.clientWidth)) {
      await table.focus();
      await page.keyboard.press("ArrowRight");
      await page.waitForFunction(() => document.activeElement.scrollLeft > 0);
      await table.evaluate((it) => {
        it.scrollLeft = 0;
        it.blur();
      });
    }
  }
}

/** Looks at pages, each a name and a path, in every window, and keeps pictures of them. */
export async function walk(browser, city, pages, { screenshots, secret }) {
  for (const [kind, width, settings] of WINDOWS) {
    const page = await openWindow(browser, city, width, { secret, ...settings });
    for (const [name, path] of pages) {
      const answer = await page.goto(`${city}${path}`);
      assert.ok(answer.ok(), `${path} answered ${answer.status()}`);
      await page.screenshot({ path: `${screenshots}/${name}-${kind}.png`, fullPage: true });
      await assertSound(page, `${path} (${kind})`);
    }
    await page.context().close();
  }
}
