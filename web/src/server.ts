// The server as a city that answers the page.

import type { StyleSpecification } from "maplibre-gl";
import type { Changes, City, Config, Feature, FeatureKey, Hit, Legend } from "./city";
import { boundsOf } from "./geometry";
import type { Language } from "./texts";
import { watch } from "./watch";

/** The address below which everything of this instance lies, with a slash at its end. */
export const BASE = new URL(".", location.href.split("#")[0]).href;

export class Server implements City {
  readConfig(language: Language | undefined): Promise<Config> {
    return read(`map/config.json${language ? `?lang=${language}` : ""}`);
  }

  readLegend(config: Config): Promise<Legend> {
    return read(config.style.replace(/\.json(?=\?|$)/, "/legend.json"));
  }

  readStyle(config: Config): Promise<StyleSpecification> {
    return read(config.style);
  }

  async readFile(address: string): Promise<Blob> {
    return (await ask(address)).blob();
  }

  async readFeature(key: FeatureKey, language: Language): Promise<Feature> {
    const feature = await read<Feature>(`${pathOf(key)}?f=json&lang=${language}`);
    return { ...feature, bbox: feature.geometry ? boundsOf(feature.geometry) : undefined };
  }

  async search(text: string, language: Language, signal: AbortSignal): Promise<Hit[]> {
    const query = new URLSearchParams({ q: text, limit: "12", lang: language });
    return (await read<{ results: Hit[] }>(`search?${query}`, signal)).results;
  }

  addressOf(key: FeatureKey): string {
    return new URL(`${pathOf(key)}?f=json`, BASE).href;
  }

  watch(layers: string[], onChange: (changes: Changes) => void): () => void {
    return watch(new URL(`events?layers=${layers.join(",")}`, BASE), layers, onChange);
  }
}

function pathOf({ layer, fid }: FeatureKey): string {
  return `collections/${encodeURIComponent(layer)}/items/${encodeURIComponent(fid)}`;
}

async function ask(path: string, signal?: AbortSignal): Promise<Response> {
  const answer = await fetch(new URL(path, BASE), signal ? { signal } : {});
  if (!answer.ok) {
    throw new Error(`${path}: ${answer.status}`);
  }
  return answer;
}

async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await ask(path, signal)).json();
}
