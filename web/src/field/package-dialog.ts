// What the opened package says of itself, how it is kept, and how to open another one or remove it.

import { button, element } from "../dom";
import { fillIn, type Language } from "../texts";
import type { OpenedPackage } from "./opened-package";
import type { PackageDoor } from "./package-door";
import { fieldTextsIn, mapTextsIn } from "./texts";

export interface PackageDialogOptions {
  opened: OpenedPackage;
  language: Language;
  /** How many bytes are free, for a package that did not fit. */
  free: number;
  door: PackageDoor;
  onRemove: () => void;
}

export class PackageDialog {
  readonly root: HTMLDialogElement;

  constructor(private readonly options: PackageDialogOptions) {
    const { opened, language, door, onRemove } = options;
    const texts = fieldTextsIn(language);
    const close = button(mapTextsIn(language).close, () => this.root.close(), {
      icon: "close",
      class: "close",
    });
    const isKept = opened.keeping === "safely" || opened.keeping === "while-there-is-room";
    const remove = isKept ? button(texts.remove, onRemove, { class: "quiet" }) : undefined;
    this.root = element(
      "dialog",
      { class: "package", "aria-label": texts.package },
      element("h2", {}, opened.manifest.title[language]),
      close,
      this.values(),
      door.root,
      remove,
    );
  }

  open(): void {
    this.root.showModal();
  }

  private values(): HTMLElement {
    const { opened, language } = this.options;
    const [texts, mapTexts] = [fieldTextsIn(language), mapTextsIn(language)];
    const { manifest, bytes } = opened;
    const rows: [string, string][] = [
      [texts.municipality, manifest.municipality.name],
      [texts.date, builtAt(manifest.built_at, language)],
      [texts.revision, manifest.revision.toLocaleString(locale(language))],
      [texts.size, size(bytes, language)],
      [texts.sources, manifest.attribution.join("; ")],
      [texts.keeping, fillIn(texts[opened.keeping], size(this.options.free, language))],
    ];
    const list = rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
    const values = element("dl", { class: "values" }, ...list);
    const sample = element("p", { class: "badge", title: mapTexts.sampleTitle }, mapTexts.sample);
    return element("div", {}, manifest.sample ? sample : undefined, values);
  }
}

/** Writes the day of a time. */
export function day(time: string, language: Language): string {
  return new Date(time).toLocaleDateString(locale(language));
}

function builtAt(time: string, language: Language): string {
  return new Date(time).toLocaleString(locale(language), { dateStyle: "long", timeStyle: "short" });
}

function size(bytes: number, language: Language): string {
  const megabytes = bytes / 1e6;
  return `${megabytes.toLocaleString(locale(language), { maximumFractionDigits: megabytes < 10 ? 1 : 0 })} MB`;
}

function locale(language: Language): string {
  return language === "cs" ? "cs-CZ" : "en-GB";
}
