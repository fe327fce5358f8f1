// The style from the server, prepared for this page: which layers start visible, and the mark of the chosen feature.

import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import { BASE, type Config } from "./server";

/** The source that holds the chosen feature. */
export const CHOSEN = "chosen";

const CHOSEN_COLOUR = "#d4006a";

/** A style and what it says about layers. */
export class CityStyle {
  private constructor(readonly specification: StyleSpecification) {}

  static async read(config: Config): Promise<CityStyle> {
    const answer = await fetch(new URL(config.style, BASE));
    if (!answer.ok) {
      throw new Error(`${config.style}: ${answer.status}`);
    }
    return new CityStyle(await answer.json());
  }

  /** Returns the address of the sprite, if the style has one. */
  get sprite(): string | undefined {
    return typeof this.specification.sprite === "string" ? this.specification.sprite : undefined;
  }

  /** Returns our layers that the style draws. */
  drawn(): Set<string> {
    return new Set(this.specification.layers.map(layerOf).filter((layer) => layer !== undefined));
  }

  /** Returns our layers that are visible unless a person says otherwise. */
  visibleByDefault(): Set<string> {
    const hidden = this.specification.layers.filter((layer) => layer.layout?.visibility === "none");
    return new Set([...this.drawn()].filter((layer) => !hidden.some((each) => layerOf(each) === layer)));
  }

  /** Returns the style to start the map with. */
  started(visible: Set<string>): StyleSpecification {
    const layers = this.specification.layers.map((layer): LayerSpecification => {
      const ours = layerOf(layer);
      if (ours === undefined) {
        return layer;
      }
      const visibility = visible.has(ours) ? "visible" : "none";
      return { ...layer, layout: { ...layer.layout, visibility } } as LayerSpecification;
    });
    const nothing = { type: "FeatureCollection" as const, features: [] };
    return {
      ...this.specification,
      sources: { ...this.specification.sources, [CHOSEN]: { type: "geojson", data: nothing } },
      layers: [...layers, ...CHOSEN_LAYERS],
    };
  }
}

/** Returns which of our layers a layer of the style draws. */
export function layerOf(layer: LayerSpecification): string | undefined {
  return "source-layer" in layer ? layer["source-layer"] : undefined;
}

const CHOSEN_LAYERS: LayerSpecification[] = [
  {
    id: "chosen-area",
    type: "fill",
    source: CHOSEN,
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": CHOSEN_COLOUR, "fill-opacity": 0.14 },
  },
  {
    id: "chosen-halo",
    type: "line",
    source: CHOSEN,
    layout: { "line-join": "round", "line-cap": "round" },
    paint: { "line-color": "#ffffff", "line-width": 7, "line-opacity": 0.85 },
  },
  {
    id: "chosen-line",
    type: "line",
    source: CHOSEN,
    layout: { "line-join": "round", "line-cap": "round" },
    paint: { "line-color": CHOSEN_COLOUR, "line-width": 3 },
  },
  {
    id: "chosen-point",
    type: "circle",
    source: CHOSEN,
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-radius": 13,
      "circle-color": CHOSEN_COLOUR,
      "circle-opacity": 0.12,
      "circle-stroke-color": CHOSEN_COLOUR,
      "circle-stroke-width": 3,
    },
  },
];
