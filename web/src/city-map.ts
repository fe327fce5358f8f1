// The map itself: MapLibre, told what our page needs.

import type { Position } from "geojson";
import {
  AttributionControl,
  type GeoJSONSource,
  type MapGeoJSONFeature,
  Map as MapLibre,
  NavigationControl,
  type Point,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import type { Box, Changes, Config, Feature, FeatureKey } from "./city";
import { boundsOf, distanceTo } from "./geometry";
import type { Position as ViewPosition } from "./permalink";
import { CHOSEN, type CityStyle, layerOf, MARKS } from "./style";
import type { Texts } from "./texts";

declare const WORKER_FILE: string;

/** Where the script is that makes drawings of tiles, beside the page's own thread. */
export const WORKER = new URL(WORKER_FILE, import.meta.url).href;

/** How far from a click, in pixels, a point or line is still meant. */
const REACH = 7;
const CLOSEST_ZOOM = 18.5;
/** Where the map starts when the city does not say. */
const CZECHIA = { center: [15.3, 49.8] as [number, number], zoom: 7 };

export interface CityMapOptions {
  container: HTMLElement;
  footer: HTMLElement;
  config: Config;
  style: CityStyle;
  visible: Set<string>;
  position: ViewPosition | undefined;
  texts: Texts;
  /** Another address of the script at `WORKER`. */
  worker?: string | undefined;
  onIdentify: (found: FeatureKey[]) => void;
  onMove: () => void;
  onPoint: (lng: number, lat: number) => void;
  onFailure: (failed: boolean) => void;
}

export class CityMap {
  private readonly map: MapLibre;
  /** How many times something changed since the map was opened. */
  private changes = 0;

  constructor(private readonly options: CityMapOptions) {
    setWorkerUrl(options.worker ?? WORKER);
    const { container, config, position, texts } = options;
    const start = config.start ?? CZECHIA;
    this.map = new MapLibre({
      container,
      style: options.style.started(options.visible),
      center: position ? [position.lng, position.lat] : start.center,
      zoom: position?.zoom ?? start.zoom,
      minZoom: 6,
      maxZoom: 21,
      // A tile that is out of sight is asked for again when it comes back: a 304, unless it changed meanwhile.
      maxTileCacheSize: 0,
      // Beyond a source's last zoom, MapLibre keeps pieces of tiles by their address alone: a fragment, which nobody
      // sends to the server, tells the pieces of before and after a change apart.
      transformRequest: (url, type) =>
        type === "Tile" && this.changes > 0 ? { url: `${url}#${this.changes}` } : undefined,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      attributionControl: false,
      locale: { ...texts.locale, "Map.Title": texts.mapLabel },
    });
    // Tests, and people at the console, reach the map through its element.
    Object.assign(container, { map: this.map });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.addControls();
    this.listen();
  }

  /** Returns where the map is. */
  position(): ViewPosition {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), lat, lng };
  }

  /** Shows or hides layers. */
  show(layers: string[], visible: boolean): void {
    for (const layer of this.map.getStyle().layers) {
      if (layers.includes(layerOf(layer) ?? "")) {
        this.map.setLayoutProperty(layer.id, "visibility", visible ? "visible" : "none");
      }
    }
  }

  /** Draws anew what changed. */
  refresh(changes: Changes): void {
    this.changes += 1;
    for (const [layer, tiles] of Object.entries(changes)) {
      for (const source of this.options.style.sourcesOf(layer)) {
        if (this.map.getSource(source)) {
          this.map.refreshTiles(source, tiles?.map(tileOf));
        }
      }
    }
  }

  /** Marks a feature, or none. */
  mark(key?: FeatureKey, feature?: Feature): void {
    if (!this.map.getSource(CHOSEN)) {
      this.map.once("style.load", () => this.mark(key, feature));
      return;
    }
    for (const id of MARKS.filter((id) => this.map.getLayer(id))) {
      this.map.removeLayer(id);
    }
    const geometry = feature?.geometry;
    const features = geometry ? [{ type: "Feature" as const, properties: {}, geometry }] : [];
    this.map.getSource<GeoJSONSource>(CHOSEN)?.setData({ type: "FeatureCollection", features });
    for (const layer of key ? this.options.style.marking(key, Boolean(geometry)) : []) {
      this.map.addLayer(layer);
    }
  }

  /** Moves the map so that a box is seen whole, from not too near. */
  goTo(bounds: Box): void {
    const { clientWidth, clientHeight } = this.map.getContainer();
    const padding = Math.min(clientWidth, clientHeight) / 6;
    this.map.fitBounds(bounds, { padding, maxZoom: CLOSEST_ZOOM });
  }

  /** Moves the map so that a card lying over it does not hide the middle of a box. */
  reveal([west, south, east, north]: Box, card: DOMRect): void {
    const frame = this.map.getContainer().getBoundingClientRect();
    const middle = this.map.project([(west + east) / 2, (south + north) / 2]);
    const [x, y] = [middle.x + frame.left, middle.y + frame.top];
    const margin = 20;
    const hidden =
      x > card.left - margin && x < card.right && y > card.top - margin && y < card.bottom + margin;
    if (hidden && card.width > frame.width / 2) {
      this.map.panBy([0, y - (frame.top + card.top) / 2]);
    } else if (hidden) {
      this.map.panBy([x - (frame.left + card.left) / 2, 0]);
    }
  }

  /** Tells what is in the middle of the map, as a click there would. */
  identifyCentre(): void {
    this.identify(this.map.project(this.map.getCenter()));
  }

  remove(): void {
    this.map.remove();
  }

  private addControls(): void {
    const { footer, config } = this.options;
    this.map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    const scale = new ScaleControl({ maxWidth: 110 });
    const attribution = new AttributionControl({ compact: false, customAttribution: config.attribution });
    footer.prepend(scale.onAdd(this.map));
    footer.append(attribution.onAdd(this.map));
  }

  private listen(): void {
    const { onMove, onPoint, onFailure } = this.options;
    const tellCentre = () => {
      const { lng, lat } = this.map.getCenter();
      onPoint(lng, lat);
    };
    this.map.on("click", (event) => this.identify(event.point));
    this.map.on("mousemove", (event) => onPoint(event.lngLat.lng, event.lngLat.lat));
    this.map.on("move", tellCentre);
    this.map.on("moveend", onMove);
    this.map.once("load", tellCentre);
    this.map.on("error", () => onFailure(true));
    this.map.on("sourcedata", (event) => {
      if (event.sourceDataType !== "metadata" && event.isSourceLoaded) {
        onFailure(false);
      }
    });
    this.map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        this.identifyCentre();
      }
    });
  }

  private identify(place: Point): void {
    this.options.onIdentify(this.featuresAt(place));
  }

  /** Returns the features under a place: points and lines within reach, nearest first, then areas, topmost first. */
  private featuresAt(place: Point): FeatureKey[] {
    const areas = new Set<string>();
    for (const { layers } of this.options.config.groups) {
      for (const layer of layers.filter(({ geometry }) => geometry?.endsWith("Polygon"))) {
        areas.add(layer.id);
      }
    }
    const styleLayers = this.map.getStyle().layers.filter((layer) => layerOf(layer) !== undefined);
    const ids = (wanted: boolean) =>
      styleLayers.filter(
        (layer) => areas.has(layerOf(layer) ?? "") === wanted && (!wanted || layer.type === "fill"),
      );
    const near = this.map.queryRenderedFeatures(
      [
        [place.x - REACH, place.y - REACH],
        [place.x + REACH, place.y + REACH],
      ],
      { layers: ids(false).map(({ id }) => id) },
    );
    const project = ([lng = 0, lat = 0]: Position) => this.map.project([lng, lat]);
    const measured = near.map((feature) => ({
      feature,
      distance:
        distanceTo(place, feature.geometry, project) + (feature.geometry.type === "Point" ? 0 : REACH),
    }));
    measured.sort((a, b) => a.distance - b.distance);
    const under = this.map.queryRenderedFeatures([place.x, place.y], {
      layers: ids(true).map(({ id }) => id),
    });
    return withoutRepeats([...measured.map(({ feature }) => feature), ...under]);
  }
}

function tileOf(name: string): { z: number; x: number; y: number } {
  const [z = 0, x = 0, y = 0] = name.split("/").map(Number);
  return { z, x, y };
}

function withoutRepeats(features: MapGeoJSONFeature[]): FeatureKey[] {
  const found = new Map<string, FeatureKey>();
  for (const { sourceLayer, id, geometry } of features) {
    if (sourceLayer !== undefined && id !== undefined) {
      found.set(`${sourceLayer}/${id}`, { layer: sourceLayer, fid: id, bbox: boundsOf(geometry) });
    }
  }
  return [...found.values()];
}
