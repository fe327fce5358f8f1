// The panel that tells what is at a place: the card of one feature, and the others there as a list.

import type { City, Config, Feature, FeatureKey, Layer, Legend } from "./city";
import { button, element } from "./dom";
import { ValueWriter, writeValues } from "./feature-card";
import { drawSwatch, type Sprite } from "./swatch";
import type { Language, Texts } from "./texts";

/** How many features of one place are listed at most. */
const MOST = 12;

interface Found {
  key: FeatureKey;
  layer: Layer;
  feature: Feature;
}

export interface FeaturePanelOptions {
  city: City;
  config: Config;
  legend: Legend;
  sprite: Sprite;
  texts: Texts;
  language: Language;
  /** Tells which feature's card is open, or that none is. */
  onChosen: (key: FeatureKey | undefined, feature: Feature | undefined) => void;
  onZoomTo: (feature: Feature) => void;
}

export class FeaturePanel {
  readonly root: HTMLElement;
  private readonly layers: Map<string, Layer>;
  private readonly writer: ValueWriter;
  private opener: HTMLElement | undefined;
  private asked = 0;

  constructor(private readonly options: FeaturePanelOptions) {
    const { config, texts, language } = options;
    this.layers = new Map(config.groups.flatMap(({ layers }) => layers).map((layer) => [layer.id, layer]));
    this.writer = new ValueWriter(language, texts);
    this.root = element("aside", { class: "card", "aria-label": texts.feature });
    this.root.hidden = true;
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.close();
      }
    });
  }

  /** Shows features; the first one's card is open. Nothing found is said as well. */
  async show(keys: FeatureKey[]): Promise<Feature | undefined> {
    const { city, texts, language } = this.options;
    this.opener = document.activeElement instanceof HTMLElement ? document.activeElement : undefined;
    const asked = ++this.asked;
    if (keys.length === 0) {
      this.tell(texts.nothingHere);
      return undefined;
    }
    const answers = await Promise.allSettled(
      keys.slice(0, MOST).map(async (key): Promise<Found | undefined> => {
        const layer = this.layers.get(key.layer);
        return layer && { key, layer, feature: await city.readFeature(key, language) };
      }),
    );
    if (asked !== this.asked) {
      return undefined;
    }
    const found = answers.flatMap((answer) =>
      answer.status === "fulfilled" && answer.value ? [answer.value] : [],
    );
    const [first] = found;
    if (first) {
      this.open(first, found);
    } else {
      this.tell(texts.featureFailed);
    }
    return first?.feature;
  }

  /** Closes the panel and gives the focus back to where it was. */
  close(): void {
    this.asked++;
    this.root.hidden = true;
    this.options.onChosen(undefined, undefined);
    this.opener?.focus();
  }

  private tell(text: string): void {
    this.options.onChosen(undefined, undefined);
    this.fill(element("p", { class: "told", role: "status" }, text), this.closeButton());
  }

  private open(chosen: Found, found: Found[]): void {
    const { city, texts, onChosen, onZoomTo } = this.options;
    const { key, layer, feature } = chosen;
    const title = feature.title || layer.title;
    const heading = element("h2", { tabindex: -1 }, title);
    const head = element(
      "header",
      {},
      element("p", { class: "card-layer" }, this.swatch(layer), layer.title),
      heading,
      this.closeButton(),
    );
    const values =
      writeValues(feature, layer, this.writer) ?? element("p", { class: "told" }, texts.noValues);
    const address = city.addressOf(key);
    const data = address ? element("a", { href: address }, texts.asJson) : undefined;
    const zoomTo = feature.bbox ? button(texts.zoomToFeature, () => onZoomTo(feature)) : undefined;
    const others = found.filter((each) => each !== chosen);
    const foot = element("footer", {}, zoomTo, data);
    // It scrolls, so the keyboard must reach it.
    const scrolled = { class: "card-body", tabindex: 0, role: "group", "aria-label": title };
    this.fill(head, element("div", scrolled, values, this.others(others, found)), foot);
    onChosen(key, feature);
    heading.focus({ preventScroll: true });
  }

  private others(others: Found[], found: Found[]): HTMLElement | undefined {
    if (others.length === 0) {
      return undefined;
    }
    const items = others.map((each) => {
      const open = button("", () => this.open(each, found), { class: "other" });
      const title = each.feature.title || each.layer.title;
      open.append(
        this.swatch(each.layer) ?? "",
        element("span", {}, title, element("small", {}, each.layer.title)),
      );
      return element("li", {}, open);
    });
    return element(
      "section",
      { class: "others" },
      element("h3", {}, this.options.texts.alsoHere),
      element("ul", {}, ...items),
    );
  }

  private swatch(layer: Layer): Element | undefined {
    const { legend, sprite } = this.options;
    const entry = legend.layers.find((part) => part.layer === layer.id)?.entries[0];
    return entry && drawSwatch(entry, sprite);
  }

  private closeButton(): HTMLElement {
    return button(this.options.texts.close, () => this.close(), { icon: "close", class: "close" });
  }

  private fill(...children: HTMLElement[]): void {
    this.root.replaceChildren(...children);
    this.root.hidden = false;
  }
}
