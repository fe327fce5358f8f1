// Draws the marks of the legend as small pictures.

import type { City, Swatch } from "./city";
import { element, svg } from "./dom";

const WIDTH = 28;
const HEIGHT = 18;

interface SpritePlace {
  x: number;
  y: number;
  width: number;
  height: number;
  pixelRatio: number;
}

/** The icons of the style, cut from its sprite. */
export class Sprite {
  private constructor(
    private readonly image: string,
    private readonly places: Record<string, SpritePlace>,
  ) {}

  /** Reads the index of a style's sprite; without one there are no icons. */
  static async read(city: City, address: string | undefined): Promise<Sprite> {
    if (!address) {
      return new Sprite("", {});
    }
    const [index, image] = await Promise.all(
      ["json", "png"].map((ending) => city.readFile(`${address}@2x.${ending}`)),
    );
    return index && image
      ? new Sprite(URL.createObjectURL(image), JSON.parse(await index.text()))
      : new Sprite("", {});
  }

  /** Makes the picture of an icon, at most as high as a swatch. */
  draw(name: string): HTMLElement {
    const picture = element("span", { class: "swatch-icon", "aria-hidden": "true" });
    const place = this.places[name];
    if (place) {
      const scale = HEIGHT / place.height;
      picture.style.width = `${place.width * scale}px`;
      picture.style.height = `${HEIGHT}px`;
      picture.style.backgroundImage = `url("${this.image}")`;
      picture.style.backgroundPosition = `${-place.x * scale}px ${-place.y * scale}px`;
      const widest = Math.max(...Object.values(this.places).map(({ x, width }) => x + width));
      picture.style.backgroundSize = `${widest * scale}px auto`;
    }
    return picture;
  }
}

/** Makes the picture of one legend entry. */
export function drawSwatch(swatch: Swatch, sprite: Sprite): Element {
  const holder = element("span", { class: "swatch", "aria-hidden": "true" });
  if (swatch.kind === "text") {
    const sample = element("span", { class: "swatch-text" }, "Abc");
    sample.style.color = swatch.colour ?? "currentColor";
    holder.append(sample);
  } else if (swatch.icon) {
    holder.append(sprite.draw(swatch.icon));
  } else {
    const shapes = { fill: area, line, circle, icon: area }[swatch.kind](swatch);
    holder.append(svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT }, ...shapes));
  }
  return holder;
}

function area(swatch: Swatch): SVGElement[] {
  const edge = Math.min(swatch.outline_width ?? 1, 2);
  const frame = { x: 2, y: 2, width: WIDTH - 4, height: HEIGHT - 4, rx: 2.5 };
  const attributes = {
    ...frame,
    fill: swatch.colour ?? "none",
    "fill-opacity": swatch.opacity,
    stroke: swatch.outline,
    "stroke-width": edge,
    "stroke-dasharray": dashes(swatch.outline_dash, edge),
  };
  return [svg("rect", attributes)];
}

function line(swatch: Swatch): SVGElement[] {
  const width = Math.min(swatch.width ?? 1, 8);
  const stroke = (colour: string | undefined, thickness: number, dash?: string) =>
    svg("path", {
      d: `M2 ${HEIGHT / 2}H${WIDTH - 2}`,
      stroke: colour,
      "stroke-width": thickness,
      "stroke-dasharray": dash,
      "stroke-opacity": swatch.opacity,
    });
  const body = stroke(swatch.colour, width, dashes(swatch.dash, width));
  if (!swatch.outline) {
    return [body];
  }
  return [stroke(swatch.outline, width + 2 * Math.max(swatch.outline_width ?? 1, 0.7)), body];
}

function circle(swatch: Swatch): SVGElement[] {
  return [
    svg("circle", {
      cx: WIDTH / 2,
      cy: HEIGHT / 2,
      r: Math.min(Math.max((swatch.width ?? 8) / 2, 2.2), 7),
      fill: swatch.colour,
      "fill-opacity": swatch.opacity,
      stroke: swatch.outline,
      "stroke-width": swatch.outline_width,
    }),
  ];
}

function dashes(dash: number[] | undefined, width: number): string | undefined {
  return dash?.map((part) => (part * width).toFixed(1)).join(" ");
}
