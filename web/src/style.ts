// The style, prepared for the page: which layers start visible, and the mark of the chosen feature.

import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { FeatureKey } from "./city";

/** The source that holds the chosen feature when its geometry is known. */
export const CHOSEN = "chosen";

const CHOSEN_COLOUR = "#d4006a";

/** A style and what it says about layers. */
export class CityStyle {
  constructor(readonly specification: StyleSpecification) {}

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

  /** Returns the sources whose tiles hold one of our layers. */
  sourcesOf(layer: string): Set<string> {
    const drawing = this.specification.layers.filter((each) => layerOf(each) === layer);
    return new Set(drawing.flatMap((each) => ("source" in each ? [each.source as string] : [])));
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
      layers,
    };
  }

  /** Returns the layers that mark a feature, drawn from its own geometry or, where that is not known, from the tiles. */
  marking({ layer, fid }: FeatureKey, hasGeometry: boolean): LayerSpecification[] {
    const drawing = this.specification.layers.find((each) => layerOf(each) === layer);
    if (hasGeometry) {
      return markLayers({ source: CHOSEN }, true);
    }
    return drawing && "source" in drawing
      ? markLayers({ source: drawing.source as string, "source-layer": layer }, ["==", ["id"], Number(fid)])
      : [];
  }
}

/** Returns which of our layers a layer of the style draws. */
export function layerOf(layer: LayerSpecification): string | undefined {
  return "source-layer" in layer ? layer["source-layer"] : undefined;
}

/** The ids of the layers that mark the chosen feature. */
export const MARKS = ["chosen-area", "chosen-halo", "chosen-line", "chosen-point"] as const;

type Drawn = { source: string; "source-layer"?: string };

function markLayers(drawn: Drawn, chosen: ExpressionSpecification | true): LayerSpecification[] {
  const [area, halo, line, point] = MARKS;
  const only = (geometry: string): ExpressionSpecification => [
    "all",
    chosen,
    ["==", ["geometry-type"], geometry],
  ];
  const round = { "line-join": "round", "line-cap": "round" } as const;
  return [
    {
      ...drawn,
      id: area,
      type: "fill",
      filter: only("Polygon"),
      paint: { "fill-color": CHOSEN_COLOUR, "fill-opacity": 0.14 },
    },
    {
      ...drawn,
      id: halo,
      type: "line",
      filter: ["all", chosen],
      layout: round,
      paint: { "line-color": "#ffffff", "line-width": 7, "line-opacity": 0.85 },
    },
    {
      ...drawn,
      id: line,
      type: "line",
      filter: ["all", chosen],
      layout: round,
      paint: { "line-color": CHOSEN_COLOUR, "line-width": 3 },
    },
    {
      ...drawn,
      id: point,
      type: "circle",
      filter: only("Point"),
      paint: {
        "circle-radius": 13,
        "circle-color": CHOSEN_COLOUR,
        "circle-opacity": 0.12,
        "circle-stroke-color": CHOSEN_COLOUR,
        "circle-stroke-width": 3,
      },
    },
  ];
}
