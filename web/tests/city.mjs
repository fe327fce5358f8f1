// A browser page on the city's map, with everything it asked for and complained about.
import assert from "node:assert/strict";
import { violations } from "./walk.mjs";

export class City {
  /** What the page complained about, and every request that left this machine. */
  noise = [];
  /** The paths that were asked for. */
  asked = [];
  #browser;
  #context;
  page;

  constructor(browser, origin, screenshots) {
    this.#browser = browser;
    this.origin = origin;
    this.screenshots = screenshots;
  }

  /** Opens the map; `hash` is what a permalink says. */
  async open(hash = "", { waits = true, before, ...window } = {}) {
    await this.openWindow(window);
    await before?.(this.page);
    await this.page.goto(`${this.origin}/map${hash}`);
    if (waits) {
      await this.idle();
    }
    return this.page;
  }

  /** Opens an empty window of its own, which hears everything. */
  async openWindow({ width = 1440, height = 900 } = {}) {
    await this.#context?.close();
    this.#context = await this.#browser.newContext({
      viewport: { width, height },
      locale: "cs-CZ",
      reducedMotion: "reduce",
    });
    await this.openTab();
  }

  /** Opens another tab of the window. */
  async openTab() {
    this.page = await this.#context.newPage();
    this.page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !message.text().includes("GPU stall")) {
        this.noise.push(`console ${message.type()}: ${message.text()}`);
      }
    });
    this.page.on("pageerror", (error) => this.noise.push(`page error: ${error.message}`));
    this.page.on("request", (request) => {
      const url = new URL(request.url());
      this.asked.push(url.pathname);
      if (!["data:", "blob:"].includes(url.protocol) && url.origin !== this.origin) {
        this.noise.push(`left the machine: ${url}`);
      }
    });
  }

  /** Waits until the map has drawn everything. */
  async idle() {
    await this.page.waitForSelector(".maplibregl-canvas");
    await this.page.evaluate(() => {
      const { map } = document.querySelector(".map");
      return new Promise((done, fail) => {
        map.once("idle", done);
        map.triggerRepaint();
        setTimeout(() => fail(new Error("the map does not come to rest")), 30_000);
      });
    });
  }

  /** Moves the map without a flight. */
  async jumpTo([lng, lat], zoom) {
    await this.page.evaluate(
      ({ center, zoom }) => {
        const { map } = document.querySelector(".map");
        const drawn = new Promise((done) => map.once("idle", done));
        map.jumpTo({ center, zoom });
        return drawn;
      },
      { center: [lng, lat], zoom },
    );
  }

  /** Counts what is drawn of layers of the style that satisfy `where` (a function of the style layer). */
  async count(where) {
    return this.page.evaluate((where) => {
      const { map } = document.querySelector(".map");
      const wanted = new Function("layer", `return (${where})(layer)`);
      const layers = map.getStyle().layers.filter((layer) => wanted(layer));
      return map.queryRenderedFeatures({ layers: layers.map(({ id }) => id) }).length;
    }, where.toString());
  }

  centre() {
    return this.page.evaluate(() => document.querySelector(".map").map.getCenter().toArray());
  }

  async json(path) {
    const answer = await fetch(new URL(path, this.origin), { headers: { accept: "application/json" } });
    assert.ok(answer.ok, `${path} answered ${answer.status}`);
    return answer.json();
  }

  /** Reads features of a layer. */
  async features(layer, limit = 1) {
    const { features } = await this.json(`/collections/${layer}/items?f=json&limit=${limit}`);
    assert.ok(features.length > 0, `there are no ${layer}`);
    return features;
  }

  /** Reads the layers that the style draws, as the page knows them. */
  async drawnLayers() {
    const { groups } = await this.json("/map/config.json?lang=cs");
    const style = await this.json("/styles/city.json?lang=cs");
    const drawn = new Set(style.layers.map((layer) => layer["source-layer"]));
    return groups.flatMap(({ layers }) => layers).filter(({ id }) => drawn.has(id));
  }

  /** Fails unless axe finds nothing wrong with the page as it stands. */
  async assertAccessible() {
    assert.deepEqual(await violations(this.page), []);
  }

  /** Fails if the page is wider than the window. */
  async assertNoOverflow() {
    const { page, window } = await this.page.evaluate(() => ({
      page: document.documentElement.scrollWidth,
      window: innerWidth,
    }));
    assert.ok(page <= window, `the page is ${page} px wide in a window of ${window} px`);
  }

  async screenshot(name) {
    if (this.screenshots && this.page) {
      await this.page.screenshot({ path: `${this.screenshots}/${name}.png` });
    }
  }

  /** Fails if the page complained or asked somebody else. */
  assertQuiet() {
    assert.deepEqual(this.noise, []);
  }

  async close() {
    await this.#context?.close();
  }
}

/** Returns some position of a geometry. */
export function positionOf({ coordinates }) {
  let position = coordinates;
  while (typeof position[0] !== "number") {
    position = position[Math.floor((position.length - 1) / 2)];
  }
  return position;
}

/** Returns a text as somebody without a Czech keyboard types it. */
export function withoutDiacritics(text) {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "");
}
