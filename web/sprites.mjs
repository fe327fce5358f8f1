// Draws the icons of styles/icons into the sprite of styles/sprites, at one and two pixels per point; run it after changing an icon.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { openBrowser } from "./tests/browser.mjs";

const ICONS = "../styles/icons";
const SPRITES = "../styles/sprites";
const SIZE = 24;

const names = (await readdir(ICONS)).filter((file) => file.endsWith(".svg")).sort();
const drawings = await Promise.all(names.map((name) => readFile(`${ICONS}/${name}`, "utf8")));
await mkdir(SPRITES, { recursive: true });

for (const [suffix, pixelRatio] of [
  ["", 1],
  ["@2x", 2],
]) {
  const browser = await openBrowser();
  const viewport = { width: SIZE * names.length, height: SIZE };
  const page = await browser.newPage({ viewport, deviceScaleFactor: pixelRatio });
  await page.setContent(`<body style="margin:0;display:flex;background:none">${drawings.join("")}</body>`);
  await page.screenshot({ path: `${SPRITES}/city${suffix}.png`, omitBackground: true });
  await browser.close();
  const place = (name, index) => [
    name.replace(".svg", ""),
    { x: index * SIZE * pixelRatio, y: 0, width: SIZE * pixelRatio, height: SIZE * pixelRatio, pixelRatio },
  ];
  const index = Object.fromEntries(names.map(place));
  await writeFile(`${SPRITES}/city${suffix}.json`, `${JSON.stringify(index, null, 1)}\n`);
}
