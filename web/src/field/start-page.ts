// The first thing a field worker sees when the device keeps no package: what this is and how to open one.

import { element } from "../dom";
import { mark } from "../page";
import type { Language } from "../texts";
import type { PackageDoor } from "./package-door";
import type { FieldTexts } from "./texts";

export class StartPage {
  readonly root: HTMLElement;
  private readonly offline = element("p", { class: "offline", role: "status" });

  constructor(
    private readonly texts: FieldTexts,
    language: Language,
    door: PackageDoor,
    otherLanguage: HTMLElement,
  ) {
    document.documentElement.lang = language;
    document.title = `${texts.title} – Obzor`;
    const names = element("div", { class: "names" }, element("h1", {}, texts.title));
    this.root = element(
      "div",
      { class: "start" },
      element("header", { class: "brand" }, mark(), names, otherLanguage),
      element(
        "main",
        {},
        element("p", { class: "lead" }, texts.lead),
        door.root,
        element("p", { class: "drop" }, texts.drop),
        element("p", {}, texts.whereFrom),
        element("p", {}, texts.privacy),
        this.offline,
      ),
    );
  }

  /** Says whether the page itself opens without a network. */
  tellKept(isKept: boolean): void {
    this.offline.textContent = isKept ? this.texts.pageKept : this.texts.pageNotKept;
    this.offline.classList.toggle("not", !isKept);
  }
}
