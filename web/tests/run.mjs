// Tests the web map of a running instance in a browser: node tests/run.mjs URL [FOLDER FOR SCREENSHOTS]
import { mkdir } from "node:fs/promises";
import { openBrowser } from "./browser.mjs";
import { cases } from "./cases.mjs";
import { City } from "./city.mjs";

const [address, screenshots] = process.argv.slice(2);
if (!address) {
  console.error("usage: node tests/run.mjs URL [FOLDER FOR SCREENSHOTS]");
  process.exit(2);
}
if (screenshots) {
  await mkdir(screenshots, { recursive: true });
}

const browser = await openBrowser();
const failures = [];
for (const [name, run] of Object.entries(cases)) {
  const started = Date.now();
  const city = new City(browser, new URL(address).origin, screenshots);
  try {
    await run(city);
    city.assertQuiet();
    console.log(`ok      ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failures.push(name);
    console.log(`FAILED  ${name}\n${error.stack}\n${city.noise.join("\n")}`);
    await city.screenshot(`failed-${failures.length}`).catch(() => {});
  } finally {
    await city.close();
  }
}
await browser.close();
console.log(failures.length === 0 ? `${Object.keys(cases).length} passed` : `${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
