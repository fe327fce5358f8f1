// What the web map must do, one case each.
import assert from "node:assert/strict";
import { positionOf, withoutDiacritics } from "./city.mjs";

const PHONE = { width: 360, height: 740 };

async function everyLayerIsDrawn(city) {
  const layers = await city.drawnLayers();
  await city.open(`#on=${layers.map(({ id }) => id).join(",")}`, { width: 480, height: 420 });
  for (const { id } of layers) {
    const [feature] = await city.features(id);
    await city.jumpTo(positionOf(feature.geometry), 17.5);
    const count = await city.count(`(layer) => layer["source-layer"] === "${id}"`);
    assert.ok(count > 0, `nothing of ${id} is drawn around ${positionOf(feature.geometry)}`);
  }
}

async function labelsAreWritten(city) {
  await city.open();
  const [street] = await city.features("streets");
  await city.jumpTo(positionOf(street.geometry), 18);
  for (const layer of ["parcels", "streets", "buildings"]) {
    const labels = await city.count(`(l) => l.type === "symbol" && l["source-layer"] === "${layer}"`);
    assert.ok(labels > 0, `no label of ${layer}`);
  }
  assert.ok(
    city.asked.some((path) => path.startsWith("/fonts/")),
    "no font was asked for",
  );
}

async function theStartShowsTheVillage(city) {
  await city.open();
  for (const layer of ["parcels", "buildings", "road-sections", "street-lights"]) {
    assert.ok((await city.count(`(l) => l["source-layer"] === "${layer}"`)) > 5, `few ${layer} at the start`);
  }
  await city.assertAccessible();
  await city.assertNoOverflow();
  await city.screenshot("start-1440");
}

/** Goes to the search with Tab, types, chooses with arrows and Enter. */
async function searchByKeyboard(city, layer, text, title) {
  const { page } = city;
  for (let tabs = 0; tabs < 10; tabs++) {
    if (await page.evaluate(() => document.activeElement?.id === "search")) {
      break;
    }
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Control+A");
  await page.keyboard.type(text);
  const wanted = page.getByRole("option", { name: title, exact: true }).first();
  await wanted.waitFor();
  await city.screenshot(`search-${layer}`);
  for (let step = 0; step < 13 && (await wanted.getAttribute("aria-selected")) !== "true"; step++) {
    await page.keyboard.press("ArrowDown");
  }
  const active = await page.getByRole("combobox").getAttribute("aria-activedescendant");
  assert.equal(active, await wanted.getAttribute("id"));
  await page.keyboard.press("Enter");
}

async function foundByKeyboard(city, layer) {
  const candidates = await city.features(layer, 100);
  const accented = ({ title }) => withoutDiacritics(title) !== title;
  const feature = candidates.find(accented) ?? candidates[0];
  const query = withoutDiacritics(feature.title)
    .replace(/^(Parcela|Parcel) /, "")
    .split(",")[0]
    .toLowerCase();
  const { results } = await city.json(`/search?lang=cs&limit=12&q=${encodeURIComponent(query)}`);
  const hit = results.find((each) => each.id === feature.id);
  assert.ok(hit, `${query} does not find ${feature.title}`);
  await city.open();
  await searchByKeyboard(city, layer, query, hit.title);
  await city.page.locator(".card h2").waitFor();
  await city.idle();
  assert.match(city.page.url(), new RegExp(`feature=${layer}/${hit.fid}`));
  assert.ok((await city.count((each) => each.source === "chosen")) > 0, "the hit is not marked on the map");
}

const aParcelIsFound = (city) => foundByKeyboard(city, "parcels");
const aStreetIsFound = (city) => foundByKeyboard(city, "streets");
const anAddressIsFound = (city) => foundByKeyboard(city, "addresses");
const aMunicipalityIsFound = (city) => foundByKeyboard(city, "municipalities");

async function searchListIsAccessible(city) {
  const page = await city.open();
  await page.getByRole("combobox").fill("de");
  await page.getByRole("option").first().waitFor();
  await city.assertAccessible();
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("option").count(), 0);
  await page.getByRole("combobox").fill("zzzqqq");
  await page.getByText("Nic jsme nenašli").waitFor();
}

async function aClickTellsWhatIsThere(city) {
  const [lamp] = await city.features("street-lights");
  const page = await city.open();
  await city.jumpTo(lamp.geometry.coordinates, 18);
  const { width, height, x, y } = await page.locator(".maplibregl-canvas").boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
  await page.getByRole("heading", { name: lamp.title, exact: true }).waitFor();
  const values = await page.locator(".card dt").allTextContents();
  assert.ok(values.includes("Typ podpěry"), `the card says only ${values}`);
  assert.ok((await page.locator(".card table").count()) > 0, "luminaires are not listed");
  assert.ok((await page.locator(".other").count()) > 0, "what else is there is not listed");
  await city.idle();
  assert.ok((await city.count((each) => each.source === "chosen")) > 0, "the feature is not marked");
  await city.assertAccessible();
  await city.screenshot("card-1440");
}

async function theKeyboardTellsWhatIsThere(city) {
  const [parcel] = await city.features("parcels");
  const page = await city.open();
  await city.jumpTo(positionOf(parcel.geometry), 18);
  await page.locator(".maplibregl-canvas").focus();
  await page.keyboard.press("Enter");
  await page.locator(".card h2").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H2");
  await page.keyboard.press("Escape");
  await page.locator(".card").waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement?.className), "maplibregl-canvas");
  await page.getByRole("button", { name: "Co je ve středu mapy" }).press("Enter");
  await page.locator(".card h2").waitFor();
}

async function layersAreSwitched(city) {
  const page = await city.open();
  const parcels = page.getByRole("checkbox", { name: "Parcely" });
  assert.ok((await city.count((each) => each["source-layer"] === "parcels")) > 0);
  await parcels.focus();
  await page.keyboard.press("Space");
  await city.idle();
  assert.equal(await city.count((each) => each["source-layer"] === "parcels"), 0);
  assert.match(page.url(), /off=parcels/);
  await page.getByRole("checkbox", { name: "Zobrazit všechny vrstvy skupiny Územní plán" }).check();
  await city.idle();
  assert.ok((await city.count((each) => each["source-layer"] === "zoning-areas")) > 0);
  await page.getByRole("button", { name: "Celá legenda" }).click();
  await city.assertAccessible();
  await city.screenshot("zoning-1440");
}

async function aPermalinkRestoresTheView(city) {
  const [lamp] = await city.features("street-lights");
  let page = await city.open();
  await city.jumpTo(lamp.geometry.coordinates, 17.25);
  await page.getByRole("checkbox", { name: "Parcely" }).uncheck();
  await page.getByRole("button", { name: "Co je ve středu mapy" }).click();
  const heading = await page.locator(".card h2").textContent();
  const link = new URL(page.url());
  page = await city.open(link.hash);
  await page.locator(".card h2").waitFor();
  assert.equal(await page.locator(".card h2").textContent(), heading);
  assert.equal(await page.getByRole("checkbox", { name: "Parcely" }).isChecked(), false);
  const [lng, lat] = await city.centre();
  assert.ok(
    Math.abs(lng - lamp.geometry.coordinates[0]) < 1e-4 &&
      Math.abs(lat - lamp.geometry.coordinates[1]) < 1e-4,
  );
  assert.equal(new URL(page.url()).hash, link.hash);
}

async function theLanguageIsSwitched(city) {
  const page = await city.open();
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Layers", exact: true }).waitFor();
  await city.idle();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  await page.getByRole("button", { name: "Zoom in" }).waitFor();
  await page.getByRole("checkbox", { name: "Parcels" }).waitFor();
  await city.assertAccessible();
  await city.screenshot("english-1440");
}

async function itFitsAPhone(city) {
  const page = await city.open("", PHONE);
  await city.assertNoOverflow();
  await city.assertAccessible();
  await city.screenshot("start-360");
  await page.getByRole("button", { name: "Zobrazit vrstvy" }).click();
  await page.getByRole("checkbox", { name: "Parcely" }).waitFor();
  await city.assertNoOverflow();
  await city.assertAccessible();
  await city.screenshot("layers-360");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Co je ve středu mapy" }).click();
  await page.locator(".card h2").waitFor();
  await city.assertNoOverflow();
  await city.assertAccessible();
  await city.screenshot("card-360");
}

async function anAbsentServerIsToldOf(city) {
  const page = await city.open("", {
    waits: false,
    before: (page) => page.route("**/map/config.json*", (route) => route.abort()),
  });
  await page.getByText("Mapu se nepodařilo spustit").waitFor();
  await page.getByText("The map could not start").waitFor();
  city.noise.length = 0;
  await city.open("", {
    waits: false,
    before: (page) => page.route(/\/tiles\/.*\/\d+\/\d+\/\d+/, (route) => route.abort()),
  });
  await city.page.getByText("Část mapy se nepodařilo načíst").waitFor();
  city.noise.length = 0;
}

async function withoutWebglSearchStillWorks(city) {
  const hideWebgl = () => {
    const original = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return kind.startsWith("webgl") ? null : original.call(this, kind, ...rest);
    };
  };
  const page = await city.open("", { waits: false, before: (page) => page.addInitScript(hideWebgl) });
  await page.getByText("WebGL 2").waitFor();
  await page.getByRole("combobox").fill("1");
  await page.keyboard.press("Enter");
  await page.locator(".card h2").waitFor();
  city.noise.length = 0;
}

export const cases = {
  "the start shows the village": theStartShowsTheVillage,
  "every layer is drawn": everyLayerIsDrawn,
  "labels are written": labelsAreWritten,
  "a parcel is found by keyboard": aParcelIsFound,
  "a street is found by keyboard": aStreetIsFound,
  "an address is found by keyboard": anAddressIsFound,
  "a municipality is found by keyboard": aMunicipalityIsFound,
  "the list of hits is accessible": searchListIsAccessible,
  "a click tells what is there": aClickTellsWhatIsThere,
  "the keyboard tells what is there": theKeyboardTellsWhatIsThere,
  "layers are switched": layersAreSwitched,
  "a permalink restores the view": aPermalinkRestoresTheView,
  "the language is switched": theLanguageIsSwitched,
  "it fits a phone": itFitsAPhone,
  "an absent server is told of": anAbsentServerIsToldOf,
  "without WebGL search still works": withoutWebglSearchStillWorks,
};
