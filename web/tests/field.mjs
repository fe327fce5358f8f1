// A browser page on a package of a city, with the server behind it that comes and goes.
import { readFile } from "node:fs/promises";
import { City } from "./city.mjs";

export class Field extends City {
  /** Makes ready what the cases need to know of the package. */
  static async open(browser, server, packed, folder) {
    const field = new Field(browser, server.origin, folder);
    field.server = server;
    field.package = packed;
    field.folder = folder;
    const features = await listedFeatures(packed);
    field.isInPackage = ({ layer, fid }) => features.has(`${layer}/${fid}`);
    return field;
  }

  /** Opens a tab that also hears of every request that failed. */
  async openTab() {
    await super.openTab();
    this.page.on("requestfailed", (request) => {
      this.noise.push(`failed: ${request.url()}: ${request.failure()?.errorText}`);
    });
    this.page.on("response", (answer) => {
      if (answer.status() >= 400) {
        this.noise.push(`failed: ${answer.url()}: ${answer.status()}`);
      }
    });
  }

  /** Picks a file as a person does. */
  async pick(file) {
    await this.page.locator("input[type=file]").first().setInputFiles(file);
  }
}

/** Returns the features that the search of a package lists. */
async function listedFeatures(packed) {
  const text = (await readFile(packed)).toString("latin1");
  const start = text.indexOf('search.json{"layers"') + "search.json".length;
  const end = text.indexOf("PK\u0003\u0004", start);
  const { layers, entries } = JSON.parse(Buffer.from(text.slice(start, end), "latin1").toString());
  return new Set(entries.map(({ layer, fid }) => `${layers[layer].id}/${fid}`));
}
