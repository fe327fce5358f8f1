// What the server is asked, and the shape of its answers.

import type { Feature as GeoJsonFeature } from "geojson";
import type { Language } from "./texts";

/** The address below which everything of this instance lies, with a slash at its end. */
export const BASE = new URL(".", location.href.split("#")[0]).href;

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
  description: string;
  geometry: string | null;
  min_zoom: number;
  fields: Field[];
}

export interface Group {
  id: string;
  title: string;
  layers: Layer[];
}

export interface Config {
  title: string;
  sample: boolean;
  language: Language;
  start: { center: [number, number]; zoom: number } | null;
  attribution: string[];
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
  /** West, south, east and north; a feature of a table has none. */
  bbox?: [number, number, number, number];
}

/** A feature with the heading of its card. */
export type Feature = GeoJsonFeature & { title?: string };

/** Names one feature by its layer and the store's number. */
export interface FeatureKey {
  layer: string;
  fid: string | number;
}

async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(new URL(path, BASE), signal ? { signal } : {});
  if (!answer.ok) {
    throw new Error(`${path}: ${answer.status}`);
  }
  return (await answer.json()) as T;
}

export function readConfig(language: Language | undefined): Promise<Config> {
  return read(`map/config.json${language ? `?lang=${language}` : ""}`);
}

export function readLegend(config: Config): Promise<Legend> {
  const style = new URL(config.style, BASE);
  return read(`${style.pathname.replace(/\.json$/, "/legend.json")}${style.search}`);
}

export function readFeature(key: FeatureKey, language: Language): Promise<Feature> {
  return read(`${featurePath(key)}?f=json&lang=${language}`);
}

/** Returns where the data of a feature are, relative to the base. */
export function featurePath({ layer, fid }: FeatureKey): string {
  return `collections/${encodeURIComponent(layer)}/items/${encodeURIComponent(fid)}`;
}

export async function search(text: string, language: Language, signal: AbortSignal): Promise<Hit[]> {
  const query = new URLSearchParams({ q: text, limit: "12", lang: language });
  const answer = await read<{ results: Hit[] }>(`search?${query}`, signal);
  return answer.results;
}
