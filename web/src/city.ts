// What the pages ask of a city, and the shape of its answers, whoever gives them: the server, or a package on the device.

import type { Feature as GeoJsonFeature, Geometry } from "geojson";
import type { StyleSpecification } from "maplibre-gl";
import type { Language } from "./texts";

/** Answers what the map, the search and the card ask. */
export interface City {
  /** Reads what there is, in the wanted language or the city's own. */
  readConfig(language: Language | undefined): Promise<Config>;
  readLegend(config: Config): Promise<Legend>;
  readStyle(config: Config): Promise<StyleSpecification>;
  /** Reads a file by the address that the style names. */
  readFile(address: string): Promise<Blob>;
  readFeature(key: FeatureKey, language: Language): Promise<Feature>;
  search(text: string, language: Language, signal: AbortSignal): Promise<Hit[]>;
  /** Returns where other programs find the data of a feature, if they do. */
  addressOf(key: FeatureKey): string | undefined;
  /** Tells what changes in the tiles of layers until the returned function is called; a city that stays as it is does not. */
  watch?(layers: string[], onChange: (changes: Changes) => void): () => void;
}

/** The tiles of each changed layer, as `z/x/y`; `null` stands for all of them. */
export type Changes = Record<string, string[] | null>;

/** West, south, east and north, in degrees. */
export type Box = [number, number, number, number];

export interface Code {
  value: string | number;
  title: string;
}

export interface Field {
  name: string;
  title: string;
  unit?: string | null;
  type: string;
  codes?: Code[] | null;
  items?: Field[] | null;
}

export interface Layer {
  id: string;
  title: string;
  /** How a feature is called: text, names of fields in braces, and parts in brackets that need all their fields. */
  label: string;
  description: string;
  geometry: string | null;
  min_zoom: number;
  fields: Field[];
  /** When it was last known how a table of other software stands; the city's own layers say nothing. */
  as_of?: string;
  /** Whether its changes show at once. */
  live?: boolean;
}

export interface Group {
  id: string;
  title: string;
  layers: Layer[];
}

export interface Config {
  title: string;
  /** What stands under the title. */
  note?: string;
  sample: boolean;
  language: Language;
  start: { center: [number, number]; zoom: number } | null;
  attribution: string[];
  /** Where its style is. */
  style: string;
  groups: Group[];
}

export interface Swatch {
  label: string;
  kind: "fill" | "line" | "circle" | "icon" | "text";
  colour?: string;
  opacity?: number;
  width?: number;
  dash?: number[];
  outline?: string;
  outline_width?: number;
  outline_dash?: number[];
  icon?: string;
}

export interface Legend {
  layers: { layer: string; title: string; entries: Swatch[] }[];
}

export interface Hit {
  layer: string;
  layer_title: string;
  id: string;
  fid: number;
  title: string;
  /** A feature of a table has none. */
  bbox?: Box;
}

/** A feature with the heading of its card; `bbox` tells where it is, also when its geometry is not known. */
export type Feature = Omit<GeoJsonFeature, "geometry" | "bbox"> & {
  geometry: Geometry | null;
  title?: string;
  bbox?: Box | undefined;
};

/** Names one feature by its layer and the store's number. */
export interface FeatureKey {
  layer: string;
  fid: string | number;
  /** Where the map drew it, or a part of it. */
  bbox?: Box | undefined;
}
