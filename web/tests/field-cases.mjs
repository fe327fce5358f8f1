// What the field page must do, as one story: each case goes on where the one before ended.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { withoutDiacritics } from "./city.mjs";

const PHONE = { width: 360, height: 740 };
const WEB = fileURLToPath(new URL("..", import.meta.url));
const QUERIES = [
  "decany 1",
  "12 dec",
  "solany",
  "DĚČANY č. p. 5",
  "st 2 decany",
  "strom decany",
  "7 decany",
  "x y z",
];

/** Makes a page that works without a server of one visit. */
async function oneVisitKeepsThePage(field) {
  field.found = await Promise.all(QUERIES.map((text) => field.json(searchPath(text, 50))));
  [field.address] = await field.features("addresses", 40).then((all) => all.slice(-1));
  [field.lamp] = await field.features("street-lights");
  await field.openWindow(PHONE);
  await field.page.goto(`${field.origin}/field`);
  await field.page.getByText("Tato stránka je uložená v zařízení").waitFor();
  await field.assertAccessible();
  await field.assertNoOverflow();
  await field.screenshot("field-start-360");
  await field.server.stop();
}

async function thePageOpensWithoutAServer(field) {
  await field.page.reload();
  await field.page.getByRole("heading", { name: "Mapa do terénu" }).waitFor();
  await field.openTab();
  await field.page.goto(`${field.origin}/field`);
  await field.page.getByText("Tato stránka je uložená v zařízení").waitFor();
}

async function whatIsNoWholePackageIsToldOf(field) {
  const whole = await readFile(field.package);
  const edited = (from, to) => Buffer.from(whole.toString("latin1").replace(from, to), "latin1");
  const flipped = Buffer.from(whole);
  flipped[whole.indexOf("PMTiles") + 20_000] ^= 1;
  const broken = {
    "letter.txt": [Buffer.from("Dobrý den"), "Tento soubor není balíček"],
    "cut.zip": [whole.subarray(0, whole.length / 2), "Balíček je poškozený nebo není celý"],
    "flipped.zip": [flipped, "Poškozená část: tiles.pmtiles"],
    "newer.zip": [edited('"version": 1', '"version": 9'), "Balíček je novější než tato stránka"],
    "other.zip": [edited('"obzor-package"', '"other-package"'), "Tento soubor není balíček"],
  };
  for (const [name, [bytes, told]] of Object.entries(broken)) {
    const file = path.join(field.folder, name);
    await writeFile(file, bytes);
    await field.pick(file);
    await field.page.getByText(told).waitFor();
  }
  await field.assertAccessible();
  await field.screenshot("field-damaged-360");
}

async function aPickedPackageIsDrawn(field) {
  await field.pick(field.package);
  await field.idle();
  await field.page.getByText("stav dat k").first().waitFor();
  for (const layer of ["parcels", "buildings", "street-lights"]) {
    const count = await field.count(`(each) => each["source-layer"] === "${layer}"`);
    assert.ok(count > 5, `only ${count} ${layer} are drawn`);
  }
  await field.assertAccessible();
  await field.assertNoOverflow();
  await field.screenshot("field-map-360");
  await field.jumpTo(field.address.geometry.coordinates, 18);
  for (const layer of ["parcels", "buildings"]) {
    const labels = await field.count(`(l) => l.type === "symbol" && l["source-layer"] === "${layer}"`);
    assert.ok(labels > 0, `no label of ${layer}`);
  }
}

async function anAddressIsFoundWithoutDiacritics(field) {
  const { page, address } = field;
  const query = withoutDiacritics(address.properties.address_text).toLowerCase();
  await page.getByRole("combobox").fill(query);
  await page.getByRole("option", { name: address.properties.address_text }).first().waitFor();
  await field.screenshot("field-search-360");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: address.title, exact: true }).waitFor();
  await field.idle();
  const [lng, lat] = await field.centre();
  const [x, y] = address.geometry.coordinates;
  assert.ok(Math.hypot(lng - x, lat - y) < 0.001, `the map went to ${lng} ${lat}`);
  assert.ok((await field.count((each) => each.id.startsWith("chosen-"))) > 0, "the hit is not marked");
  const values = await page.locator(".card dd").allTextContents();
  for (const name of ["address_text", "municipality_name", "source"]) {
    assert.ok(values.includes(address.properties[name]), `the card says only ${values}`);
  }
  await field.assertAccessible();
  await field.screenshot("field-card-360");
}

async function aTapTellsEverythingTheServerKnew(field) {
  const { page, lamp } = field;
  await page.keyboard.press("Escape");
  await field.jumpTo(lamp.geometry.coordinates, 18);
  await page.getByRole("button", { name: "Co je ve středu mapy" }).click();
  await page.getByRole("heading", { name: lamp.title, exact: true }).waitFor();
  const rows = await page.locator(".card tbody tr").count();
  assert.equal(rows, lamp.properties.luminaires.length, "luminaires of the lamp");
  await page.keyboard.press("Escape");
}

/** Compares with what the server found before it was stopped, as far as the package reaches. */
async function searchFindsWhatTheServerFinds(field) {
  const { page } = field;
  for (const [place, text] of QUERIES.entries()) {
    await page.getByRole("combobox").fill("");
    await page.getByRole("combobox").fill(text);
    await page.locator(".search-status", { hasText: /Nalezeno|Nic jsme/ }).waitFor({ state: "attached" });
    const shown = await page.getByRole("option").allTextContents();
    const inPackage = field.found[place].results.filter(field.isInPackage).slice(0, 12);
    const layers = [...new Set(inPackage.map(({ layer }) => layer))];
    const expected = layers.flatMap((id) => inPackage.filter(({ layer }) => layer === id));
    assert.deepEqual(
      shown,
      expected.map(({ title }) => title),
      text,
    );
  }
  await page.keyboard.press("Escape");
}

async function theNextVisitOpensTheKeptPackage(field) {
  await field.openTab();
  await field.page.setViewportSize({ width: 1440, height: 900 });
  await field.page.goto(`${field.origin}/field`);
  await field.idle();
  await field.page.getByRole("heading", { name: "Děčany" }).first().waitFor();
  assert.ok((await field.count((each) => each["source-layer"] === "buildings")) > 5);
  await field.assertAccessible();
  await field.screenshot("field-map-1440");
}

async function thePackageTellsOfItself(field) {
  const { page } = field;
  await page.getByRole("button", { name: "O balíčku" }).click();
  for (const text of ["Stav dat k", "Revize", "RÚIAN", "Uložený v tomto zařízení"]) {
    await page.locator("dialog").getByText(text).first().waitFor();
  }
  await field.assertAccessible();
  await field.screenshot("field-package-1440");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Layers", exact: true }).waitFor();
  await field.idle();
  await page.getByRole("button", { name: "About the package" }).click();
  await page.getByText("Kept on this device").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Čeština" }).click();
  await page.getByRole("heading", { name: "Vrstvy", exact: true }).waitFor();
}

async function aNewBuildTakesOverWithoutBreakingAnOpenPage(field) {
  const { page } = field;
  const builds = () => page.evaluate(() => caches.keys());
  const [before] = await builds();
  const fonts = path.join(WEB, "../styles/fonts");
  await field.server.startNewerBuild(path.join(WEB, "dist"), fonts, "feedfacefeedface");
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  const isTakenOver = async () => (await builds()).length === 2;
  for (let tries = 0; tries < 100 && !(await isTakenOver()); tries++) {
    await page.waitForTimeout(100);
  }
  await page.getByRole("combobox").fill("decany 1");
  await page.getByRole("option").first().waitFor();
  await field.server.stop();
  await page.reload();
  await field.idle();
  assert.equal(await page.locator("meta[name=build]").getAttribute("content"), "feedfacefeedface");
  assert.deepEqual(await builds(), [before, "obzor-field-feedfacefeedface"]);
}

async function nothingOfTheServersDataIsKept(field) {
  const kept = await field.page.evaluate(async () => {
    const all = await Promise.all(
      (await caches.keys()).map(async (name) => (await caches.open(name)).keys()),
    );
    return all.flat().map(({ url }) => new URL(url).pathname);
  });
  assert.ok(kept.length > 10);
  const others = kept.filter((name) => !/^\/(field|assets|fonts)(\/|$)/.test(name));
  assert.deepEqual(others, []);
}

async function thePackageIsRemoved(field) {
  const { page } = field;
  await page.getByRole("button", { name: "O balíčku" }).click();
  await page.getByRole("button", { name: "Odebrat ze zařízení" }).click();
  await page.getByText("Vybrat balíček").waitFor();
  await page.reload();
  await page.getByText("Vybrat balíček").waitFor();
  await field.screenshot("field-start-1440");
}

function searchPath(text, limit) {
  return `/search?${new URLSearchParams({ q: text, limit: String(limit), lang: "cs" })}`;
}

export const cases = {
  "one visit keeps the page": oneVisitKeepsThePage,
  "the page opens without a server": thePageOpensWithoutAServer,
  "what is no whole package is told of": whatIsNoWholePackageIsToldOf,
  "a picked package is drawn": aPickedPackageIsDrawn,
  "an address is found without diacritics": anAddressIsFoundWithoutDiacritics,
  "a tap tells everything the server knew": aTapTellsEverythingTheServerKnew,
  "search finds what the server finds": searchFindsWhatTheServerFinds,
  "the next visit opens the kept package": theNextVisitOpensTheKeptPackage,
  "the package tells of itself": thePackageTellsOfItself,
  "a new build takes over without breaking an open page": aNewBuildTakesOverWithoutBreakingAnOpenPage,
  "nothing of the server's data is kept": nothingOfTheServersDataIsKept,
  "the package is removed": thePackageIsRemoved,
};
