// Draws src/icon.svg as the pictures that a phone puts on its home screen; run it after changing the icon.
import { readFile } from "node:fs/promises";
import { openBrowser } from "./tests/browser.mjs";

const drawing = await readFile("src/icon.svg", "utf8");
const browser = await openBrowser();
for (const side of [192, 512]) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  // Phones cut the corners themselves, so the ground fills the square and the sign keeps away from its edge.
  await page.setContent(
    `<body style="margin:0;background:#12455a"><div style="padding:12%">${drawing}</div></body>`,
  );
  await page.screenshot({ path: `src/icon-${side}.png` });
}
await browser.close();
