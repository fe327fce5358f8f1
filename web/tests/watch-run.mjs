// Tests that an open map follows its city: node tests/watch-run.mjs URL STORE
// STORE is the GeoPackage that is served; another program edits it here.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { openBrowser } from "./browser.mjs";
import { City, positionOf } from "./city.mjs";

const PATIENCE = 10_000;
const [address, store] = process.argv.slice(2);
if (!store) {
  console.error("usage: node tests/watch-run.mjs URL STORE");
  process.exit(2);
}

function remove({ fid }) {
  execFileSync("ogrinfo", ["-q", store, "-sql", `DELETE FROM "street-lights" WHERE fid = ${fid}`]);
}

/** Whether the map draws a lamp. */
function draws(city, { fid }) {
  return city.page.evaluate((fid) => {
    const { map } = document.querySelector(".map");
    const layers = map.getStyle().layers.filter((layer) => layer["source-layer"] === "street-lights");
    const drawn = map.queryRenderedFeatures({ layers: layers.map(({ id }) => id) });
    return drawn.some(({ id }) => id === fid);
  }, fid);
}

async function assertSoonGone(city, lamp) {
  const start = Date.now();
  while (await draws(city, lamp)) {
    assert.ok(Date.now() - start < PATIENCE, `lamp ${lamp.fid} is still drawn after ${PATIENCE / 1000} s`);
    await new Promise((done) => setTimeout(done, 50));
  }
  console.log(`ok      lamp ${lamp.fid} left the open map after ${Date.now() - start} ms`);
}

const browser = await openBrowser();
const city = new City(browser, new URL(address).origin);
try {
  const [near, elsewhere] = await city.features("street-lights", 2);
  await city.open();
  await city.jumpTo(positionOf(near.geometry), 18);
  await city.idle();
  assert.ok(await draws(city, near), "the lamp is not drawn at first");
  const asked = city.asked.length;
  remove(near);
  await assertSoonGone(city, near);
  await city.idle();
  const tiles = city.asked.slice(asked).filter((path) => path.startsWith("/tiles/"));
  assert.ok(tiles.length > 0 && tiles.length <= 4, `asked again for ${tiles}`);
  assert.ok(
    tiles.every((path) => path.includes("street-lights")),
    `asked again for ${tiles}`,
  );

  // What changes out of sight is right when it comes into sight again.
  await city.jumpTo(positionOf(elsewhere.geometry), 18);
  assert.ok(await draws(city, elsewhere), "the second lamp is not drawn at first");
  await city.jumpTo([13.2, 50.2], 15);
  remove(elsewhere);
  await new Promise((done) => setTimeout(done, 1000));
  await city.jumpTo(positionOf(elsewhere.geometry), 18);
  await city.idle();
  assert.ok(!(await draws(city, elsewhere)), "the second lamp came back out of a cache");
  city.assertQuiet();
} catch (error) {
  console.log(`FAILED\n${error.stack}\n${city.noise.join("\n")}`);
  process.exitCode = 1;
} finally {
  await city.close();
  await browser.close();
}
