// The state of the page in the address, so that a view can be sent to somebody.

import type { FeatureKey } from "./city";
import type { Language } from "./texts";

export interface Position {
  zoom: number;
  lat: number;
  lng: number;
}

/** Everything an address can say; what it does not say is as the style and the server have it. */
export interface View {
  position?: Position | undefined;
  language?: Language | undefined;
  /** Layers switched on or off, other than by default. */
  on: string[];
  off: string[];
  feature?: FeatureKey | undefined;
}

/** Reads a view from the part of an address after `#`. */
export function readView(hash: string): View {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const [zoom, lat, lng] = (parameters.get("map") ?? "").split("/").map(Number);
  const names = (key: string) => parameters.get(key)?.split(",").filter(Boolean) ?? [];
  const language = parameters.get("lang");
  const [layer, fid] = (parameters.get("feature") ?? "").split("/");
  const inRange = zoom !== undefined && zoom >= 0 && zoom <= 24;
  const known =
    inRange && lat !== undefined && Math.abs(lat) <= 85 && lng !== undefined && Math.abs(lng) <= 180;
  return {
    position: known ? { zoom, lat, lng } : undefined,
    language: language === "cs" || language === "en" ? language : undefined,
    on: names("on"),
    off: names("off"),
    feature: layer && fid ? { layer, fid } : undefined,
  };
}

/** Writes a view as the part of an address after `#`. */
export function writeView(view: View): string {
  const parts: string[] = [];
  if (view.position) {
    const { zoom, lat, lng } = view.position;
    parts.push(`map=${zoom.toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`);
  }
  if (view.on.length > 0) {
    parts.push(`on=${view.on.join(",")}`);
  }
  if (view.off.length > 0) {
    parts.push(`off=${view.off.join(",")}`);
  }
  if (view.language) {
    parts.push(`lang=${view.language}`);
  }
  if (view.feature) {
    parts.push(`feature=${view.feature.layer}/${view.feature.fid}`);
  }
  return `#${parts.join("&")}`;
}
