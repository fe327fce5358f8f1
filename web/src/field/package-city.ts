// A package on the device as a city that answers the page.

import { addProtocol, type RequestParameters, type StyleSpecification } from "maplibre-gl";
import { PMTiles, Protocol } from "pmtiles";
import type { City, Config, Feature, FeatureKey, Field, Hit, Layer, Legend } from "../city";
import { ValueWriter, writeLabel } from "../feature-card";
import type { Language } from "../texts";
import type { Archive } from "./archive";
import type { Manifest } from "./manifest";
import { SearchIndex, type SearchList } from "./search-index";
import { SqliteFile, type SqlValue } from "./sqlite-file";
import { mapTextsIn } from "./texts";

const SCHEME = "package://";
const TILES = "tiles.pmtiles";
const FEATURES = "features.gpkg";
const SEARCH = "search.json";
const MOST_HITS = 12;

export class PackageCity implements City {
  private layers = new Map<string, Layer>();
  private opening: Promise<SqliteFile> | undefined;
  private index: Promise<SearchIndex> | undefined;

  constructor(
    private readonly archive: Archive,
    private readonly manifest: Manifest,
    /** Makes the line that says how old the data are. */
    private readonly note: (language: Language) => string,
    private readonly preferred: Language,
  ) {}

  /** Lets the map read addresses of this package, tiles and all else. */
  async serveMap(): Promise<void> {
    const tiles = await this.archive.entry(TILES);
    const protocol = new Protocol();
    protocol.add(
      new PMTiles({
        getKey: () => TILES,
        getBytes: async (offset, length) => ({
          data: await tiles.slice(offset, offset + length).arrayBuffer(),
        }),
      }),
    );
    addProtocol("pmtiles", protocol.tile);
    addProtocol("package", async ({ url, type }: RequestParameters) => {
      const file = await this.readFile(url);
      return { data: type === "json" ? JSON.parse(await file.text()) : await file.arrayBuffer() };
    });
  }

  async readConfig(language: Language = this.preferred): Promise<Config> {
    const { municipality, start, sample, attribution } = this.manifest;
    const config = await this.archive.json<Config>(`map.${language}.json`);
    const note = this.note(language);
    this.layers = new Map(config.groups.flatMap(({ layers }) => layers).map((layer) => [layer.id, layer]));
    return { ...config, title: municipality.name, note, start, sample, attribution };
  }

  readLegend({ language }: Config): Promise<Legend> {
    return this.archive.json(`legend.${language}.json`);
  }

  readStyle({ style }: Config): Promise<StyleSpecification> {
    return this.archive.json(pathOf(style));
  }

  readFile(address: string): Promise<Blob> {
    return this.archive.entry(pathOf(address));
  }

  /** Reads a feature's values; of one that is only drawn, because it belongs to a neighbour, there are none. */
  async readFeature({ layer: id, fid, bbox }: FeatureKey, language: Language): Promise<Feature> {
    const layer = this.layers.get(id);
    const row = await (await this.features()).row(id, Number(fid));
    const properties: Record<string, unknown> = {};
    for (const field of (row && layer?.fields) ?? []) {
      properties[field.name] = asJson(field, row?.get(field.name) ?? null);
    }
    const listed = (await this.searchIndex()).entryOf(id, fid);
    const writer = new ValueWriter(language, mapTextsIn(language));
    const label = row && layer && writeLabel(properties, layer, writer);
    return {
      type: "Feature",
      properties,
      title: label ?? listed?.title[language] ?? "",
      geometry: null,
      bbox: listed?.bbox ?? bbox,
    };
  }

  async search(text: string, language: Language): Promise<Hit[]> {
    return (await this.searchIndex()).find(text, MOST_HITS, language);
  }

  addressOf(): undefined {
    return undefined;
  }

  private features(): Promise<SqliteFile> {
    this.opening ??= this.archive.entry(FEATURES).then(SqliteFile.open);
    return this.opening;
  }

  private searchIndex(): Promise<SearchIndex> {
    this.index ??= this.archive.json<SearchList>(SEARCH).then((list) => new SearchIndex(list));
    return this.index;
  }
}

function pathOf(address: string): string {
  return decodeURI(address.replace(SCHEME, ""));
}

/** Returns a stored value as the server would write it in JSON. */
function asJson(field: Field, stored: SqlValue): unknown {
  if (field.type === "boolean" && stored !== null) {
    return stored !== 0;
  }
  return field.type === "list" && typeof stored === "string" ? JSON.parse(stored) : stored;
}
