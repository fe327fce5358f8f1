// Starts the field page: the city is a package on the device, the one kept here or one that is picked.

import { WORKER } from "./city-map";
import { button } from "./dom";
import { forget, room } from "./field/kept-package";
import { keepPage } from "./field/offline";
import { type OnProgress, type OpenedPackage, openKept, openPicked } from "./field/opened-package";
import { PackageCity } from "./field/package-city";
import { day, PackageDialog } from "./field/package-dialog";
import { PackageDoor } from "./field/package-door";
import { StartPage } from "./field/start-page";
import { fieldTextsIn, mapTextsIn } from "./field/texts";
import { type CityPage, showCity } from "./map-page";
import { readView } from "./permalink";
import { fillIn, type Language } from "./texts";

class FieldPage {
  private readonly pageIsKept = keepPage();
  private readonly worker = ownCopy(WORKER);
  private door: PackageDoor | undefined;
  private close = () => {};

  /** Shows the kept package; without one, asks for one. */
  async start(): Promise<void> {
    window.addEventListener("dragover", (event) => event.preventDefault());
    window.addEventListener("drop", (event) => {
      event.preventDefault();
      void this.door?.take(event.dataTransfer?.files[0]);
    });
    try {
      const kept = await openKept();
      await (kept ? this.show(kept) : this.ask());
    } catch {
      this.ask(fieldTextsIn(this.language()).keptBroken);
    }
  }

  /** Asks for a package, after saying what went wrong with the one before. */
  private ask(problem = ""): void {
    const language = this.language();
    const texts = fieldTextsIn(language);
    this.door = new PackageDoor(texts, texts.pick, this.openPicked);
    const other = language === "cs" ? "en" : "cs";
    const change = button(mapTextsIn(language).otherLanguage, () => this.askIn(other), { class: "language" });
    change.lang = other;
    const page = new StartPage(texts, language, this.door, change);
    this.close();
    document.body.append(page.root);
    this.close = () => page.root.remove();
    this.door.tell(problem);
    void this.pageIsKept.then((isKept) => page.tellKept(isKept));
  }

  private askIn(language: Language): void {
    history.replaceState(null, "", `#lang=${language}`);
    this.ask();
  }

  private openPicked = async (file: File, onProgress: OnProgress): Promise<void> => {
    const opened = await openPicked(file, onProgress);
    history.replaceState(null, "", `#lang=${this.language()}`);
    await this.show(opened);
  };

  private async show(opened: OpenedPackage): Promise<void> {
    const { archive, manifest } = opened;
    const note = (language: Language) =>
      fillIn(fieldTextsIn(language).note, day(manifest.built_at, language));
    const city = new PackageCity(archive, manifest, note, this.language());
    await city.serveMap();
    const free = await room();
    const restart = () => void this.show(opened);
    const worker = await this.worker;
    const shown = await showCity(city, { textsIn: mapTextsIn, worker, restart });
    this.close();
    this.addDialog(shown, opened, free);
    this.close = shown.close;
  }

  private addDialog({ page, language }: CityPage, opened: OpenedPackage, free: number): void {
    const texts = fieldTextsIn(language);
    this.door = new PackageDoor(texts, texts.pickAnother, this.openPicked);
    const dialog = new PackageDialog({
      opened,
      language,
      free,
      door: this.door,
      onRemove: () => void forget().then(() => this.ask()),
    });
    page.root.append(dialog.root);
    page.tools.append(button(texts.package, () => dialog.open(), { icon: "package" }));
  }

  private language(): Language {
    const spoken = navigator.languages.map((tag) => tag.slice(0, 2));
    const known = spoken.find((tag): tag is Language => tag === "cs" || tag === "en");
    return readView(location.hash).language ?? known ?? "cs";
  }
}

/**
 * Returns an address of this page's own for a script.
 *
 * The service worker answers for what lies below the page; a script that a thread starts from elsewhere is not asked of it.
 */
async function ownCopy(script: string): Promise<string> {
  return URL.createObjectURL(await (await fetch(script)).blob());
}

void new FieldPage().start();
