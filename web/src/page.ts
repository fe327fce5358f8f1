// The frame of the page: header, search, layers, map, card and the line below the map.

import type { Config } from "./city";
import { button, element, svg } from "./dom";
import type { Texts } from "./texts";

export class Page {
  readonly root: HTMLElement;
  readonly map = element("div", { class: "map" });
  readonly footer: HTMLElement;
  readonly tools: HTMLElement;
  private readonly coordinates = element("output", { class: "coordinates" });
  private readonly told = element("div", { class: "message", role: "alert" });
  private readonly layers: HTMLElement;
  private readonly opener: HTMLButtonElement;
  private readonly language: HTMLButtonElement;
  private readonly searchSlot = element("div", { class: "search-slot" });
  private readonly main: HTMLElement;

  constructor(
    config: Config,
    private readonly texts: Texts,
  ) {
    document.documentElement.lang = config.language;
    document.title = `${config.title} – Obzor`;
    this.coordinates.setAttribute("aria-label", texts.coordinates);
    this.coordinates.title = texts.coordinates;
    this.told.hidden = true;
    this.language = button(texts.otherLanguage, () => {}, { class: "language" });
    this.language.lang = config.language === "cs" ? "en" : "cs";
    this.opener = button(texts.showLayers, () => this.showLayers(true), { icon: "layers", class: "opener" });
    const close = button(texts.closePanel, () => this.showLayers(false), { icon: "close", class: "closer" });
    this.layers = element(
      "section",
      { class: "side-layers", id: "layers", "aria-label": texts.layers },
      element("header", {}, element("h2", {}, texts.layers), close),
    );
    this.opener.setAttribute("aria-controls", "layers");
    this.tools = element("div", { class: "tools" }, this.opener);
    this.footer = element("footer", { class: "foot" }, this.coordinates);
    this.main = element("main", {}, this.map, this.tools, this.told);
    const side = element("div", { class: "side" }, this.header(config), this.searchSlot, this.layers);
    this.root = element("div", { class: "page" }, side, this.main, this.footer);
    document.body.append(this.root);
    this.layers.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.showLayers(false);
      }
    });
    this.showLayers(false, false);
  }

  /** Puts the parts into their places. */
  place(search: HTMLElement, layers: HTMLElement, card: HTMLElement): void {
    this.searchSlot.append(search);
    this.layers.append(layers);
    this.main.append(card);
  }

  onLanguage(change: () => void): void {
    this.language.addEventListener("click", change);
  }

  /** Opens or closes the layers, which on a narrow screen lie over the map. */
  showLayers(open: boolean, moveFocus = true): void {
    const wasOpen = this.layers.classList.contains("open");
    this.layers.classList.toggle("open", open);
    this.opener.setAttribute("aria-expanded", String(open));
    if (moveFocus && open !== wasOpen) {
      const target = open ? this.layers.querySelector<HTMLElement>(".closer") : this.opener;
      target?.focus();
    }
  }

  /** Says something that concerns the whole map; an empty text takes it back. */
  tell(text: string): void {
    if (this.told.textContent !== text) {
      this.told.textContent = text;
      this.told.hidden = text === "";
    }
  }

  /** Shows where the pointer or the middle of the map is. */
  tellPlace(lng: number, lat: number): void {
    const degrees = (value: number) => value.toFixed(5).replace(".", this.texts.decimal);
    this.coordinates.value = `${degrees(lat)}° ${this.texts.north}  ${degrees(lng)}° ${this.texts.east}`;
  }

  private header(config: Config): HTMLElement {
    const badge = element("span", { class: "badge", title: this.texts.sampleTitle }, this.texts.sample);
    const names = element(
      "div",
      { class: "names" },
      element("h1", {}, config.title),
      config.note ? element("p", { class: "note" }, config.note) : undefined,
      config.sample ? badge : undefined,
    );
    return element("header", { class: "brand" }, mark(), names, this.language);
  }
}

/** Draws the sign of Obzor: a sun over the horizon. */
export function mark(): SVGElement {
  const line = (d: string, colour: string) =>
    svg("path", { d, fill: "none", stroke: colour, "stroke-width": 2.6, "stroke-linecap": "round" });
  return svg(
    "svg",
    { viewBox: "4 8 24 18", class: "mark", "aria-hidden": "true" },
    line("M7.5 19a8.5 8.5 0 0 1 17 0", "#f3c65f"),
    line("M5 19.4h22M9 24.2h14", "currentColor"),
  );
}
