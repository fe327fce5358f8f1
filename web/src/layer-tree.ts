// The layer tree: groups of layers with check boxes, and the legend under each layer.

import { ageOf } from "./age";
import type { Config, Layer, Legend, Swatch } from "./city";
import { button, element, icon } from "./dom";
import { drawSwatch, type Sprite } from "./swatch";
import { fillIn, type Texts } from "./texts";

interface Row {
  layer: Layer;
  box: HTMLInputElement;
  hint: HTMLElement;
  age: HTMLElement;
}

interface Branch {
  box: HTMLInputElement;
  rows: Row[];
}

/** What the tree needs to know and whom it tells. */
export interface LayerTreeOptions {
  config: Config;
  legend: Legend;
  sprite: Sprite;
  texts: Texts;
  /** The layers that the style draws. */
  drawn: Set<string>;
  onChange: (layers: string[], visible: boolean) => void;
  onReset: () => void;
}

export class LayerTree {
  readonly root: HTMLElement;
  private readonly branches: Branch[] = [];
  private readonly disclosures: HTMLButtonElement[] = [];

  constructor(private readonly options: LayerTreeOptions) {
    const { texts, config } = options;
    const whole = element(
      "button",
      { type: "button", class: "quiet", "aria-pressed": "false" },
      texts.wholeLegend,
    );
    whole.addEventListener("click", () => this.openLegends(whole));
    const tools = element(
      "div",
      { class: "tree-tools" },
      whole,
      button(texts.resetLayers, options.onReset, { class: "quiet" }),
    );
    const groups = config.groups.map((group) => this.group(group.id, group.title, group.layers));
    this.root = element("div", { class: "tree" }, tools, ...groups);
    this.tellAges(config);
  }

  /** Shows which layers are visible, and which of them only from closer. */
  update(visible: Set<string>, zoom: number): void {
    for (const { box, rows } of this.branches) {
      for (const row of rows) {
        row.box.checked = visible.has(row.layer.id);
        row.hint.hidden = !row.box.checked || zoom >= row.layer.min_zoom;
      }
      const on = rows.filter((row) => row.box.checked).length;
      box.checked = on === rows.length;
      box.indeterminate = on > 0 && on < rows.length;
    }
  }

  /** Shows how old the layers are by now. */
  tellAges({ groups, language }: Config): void {
    const layers = new Map(groups.flatMap((group) => group.layers).map((layer) => [layer.id, layer]));
    for (const { layer, age } of this.branches.flatMap(({ rows }) => rows)) {
      age.textContent = ageOf(layers.get(layer.id) ?? layer, this.options.texts, language);
      age.hidden = age.textContent === "";
    }
  }

  private group(id: string, title: string, layers: Layer[]): HTMLElement | undefined {
    const { texts, drawn, onChange } = this.options;
    const rows = layers.filter((layer) => drawn.has(layer.id)).map((layer) => this.row(layer));
    if (rows.length === 0) {
      return undefined;
    }
    const list = element("ul", { id: `group-${id}`, class: "layers" }, ...rows.map(({ item }) => item));
    const box = element("input", { type: "checkbox", "aria-label": fillIn(texts.groupLayers, title) });
    const ids = rows.map(({ row }) => row.layer.id);
    box.addEventListener("change", () => onChange(ids, box.checked));
    this.branches.push({ box, rows: rows.map(({ row }) => row) });
    const name = disclosure(list, true, title);
    return element(
      "section",
      { class: "group" },
      element("div", { class: "group-head" }, element("h3", {}, name), box),
      list,
    );
  }

  private row(layer: Layer): { row: Row; item: HTMLElement } {
    const { legend, texts, onChange, sprite } = this.options;
    const entries = legend.layers.find((part) => part.layer === layer.id)?.entries ?? [];
    const box = element("input", { type: "checkbox" });
    box.addEventListener("change", () => onChange([layer.id], box.checked));
    const hint = element("span", { class: "hint" }, texts.fromCloser);
    const name = element("span", { class: "layer-name" }, layer.title);
    const first = entries[0] ? drawSwatch(entries[0], sprite) : undefined;
    const age = element("span", { class: "age" });
    const label = element("label", { title: layer.description }, box, first, name, age, hint);
    const head = element("div", { class: "layer-head" }, label);
    const item = element("li", {}, head);
    if (entries.length > 1) {
      const list = element("ul", { id: `legend-${layer.id}`, class: "legend" }, ...this.entries(entries));
      const open = disclosure(list, false);
      open.setAttribute("aria-label", fillIn(texts.legendOf, layer.title));
      this.disclosures.push(open);
      head.append(open);
      item.append(list);
    }
    return { row: { layer, box, hint, age }, item };
  }

  private entries(entries: Swatch[]): HTMLElement[] {
    return entries.map((entry) =>
      element("li", {}, drawSwatch(entry, this.options.sprite), element("span", {}, entry.label)),
    );
  }

  private openLegends(whole: HTMLButtonElement): void {
    const open = whole.getAttribute("aria-pressed") !== "true";
    whole.setAttribute("aria-pressed", String(open));
    for (const each of this.disclosures) {
      if ((each.getAttribute("aria-expanded") === "true") !== open) {
        each.click();
      }
    }
  }
}

/** Makes a button that opens and closes a part of the page. */
function disclosure(part: HTMLElement, open: boolean, label?: string): HTMLButtonElement {
  const attributes = {
    type: "button",
    class: "disclosure",
    "aria-controls": part.id,
    "aria-expanded": String(open),
  };
  const made = element("button", attributes, icon("chevron"), label);
  part.hidden = !open;
  made.addEventListener("click", () => {
    part.hidden = !part.hidden;
    made.setAttribute("aria-expanded", String(!part.hidden));
  });
  return made;
}
