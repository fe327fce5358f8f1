// Small sums with geometries on the screen and on the ground.

import type { Geometry, Position } from "geojson";
import type { Box } from "./city";

type Pixel = { x: number; y: number };

/** Returns west, south, east and north of a geometry. */
export function boundsOf(geometry: Geometry): Box | undefined {
  const box: Box = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const [lng = 0, lat = 0] of positions(geometry).flat()) {
    box[0] = Math.min(box[0], lng);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lng);
    box[3] = Math.max(box[3], lat);
  }
  return Number.isFinite(box[0]) ? box : undefined;
}

/** Returns how many pixels lie between a place on the screen and the nearest point of a geometry's lines. */
export function distanceTo(place: Pixel, geometry: Geometry, project: (position: Position) => Pixel): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const line of positions(geometry)) {
    let before: Pixel | undefined;
    for (const position of line) {
      const here = project(position);
      nearest = Math.min(nearest, distanceToSegment(place, before ?? here, here));
      before = here;
    }
  }
  return nearest;
}

function distanceToSegment(place: Pixel, from: Pixel, to: Pixel): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((place.x - from.x) * dx + (place.y - from.y) * dy) / length;
  const share = Math.min(Math.max(along, 0), 1);
  return Math.hypot(place.x - from.x - share * dx, place.y - from.y - share * dy);
}

/** Returns the lines of a geometry; each single point is a line of one position. */
function positions(geometry: Geometry): Position[][] {
  switch (geometry.type) {
    case "Point":
      return [[geometry.coordinates]];
    case "MultiPoint":
      return geometry.coordinates.map((position) => [position]);
    case "LineString":
      return [geometry.coordinates];
    case "MultiLineString":
    case "Polygon":
      return geometry.coordinates;
    case "MultiPolygon":
      return geometry.coordinates.flat();
    case "GeometryCollection":
      return geometry.geometries.flatMap(positions);
  }
}
