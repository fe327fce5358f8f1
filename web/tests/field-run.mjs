// Tests the field page in a browser: node tests/field-run.mjs OBZOR INSTANCE PACKAGE FOLDER
// The folder gets screenshots and broken packages.
import { mkdir } from "node:fs/promises";
import { openBrowser } from "./browser.mjs";
import { Field } from "./field.mjs";
import { cases } from "./field-cases.mjs";
import { FieldServer } from "./field-server.mjs";

const [obzor, instance, packed, folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node tests/field-run.mjs OBZOR INSTANCE PACKAGE FOLDER");
  process.exit(2);
}
await mkdir(folder, { recursive: true });

const server = new FieldServer(obzor, instance);
await server.start();
const browser = await openBrowser();
const field = await Field.open(browser, server, packed, folder);
try {
  for (const [name, run] of Object.entries(cases)) {
    const started = Date.now();
    console.log(`begins  ${name}`);
    await run(field);
    field.assertQuiet();
    console.log(`ok      ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  }
  console.log(`${Object.keys(cases).length} passed`);
} catch (error) {
  console.log(`FAILED\n${error.stack}\n${field.noise.join("\n")}`);
  await field.screenshot("field-failed").catch(() => {});
  process.exitCode = 1;
} finally {
  await browser.close();
  await server.stop();
}
