// What the field page says beside the texts of the map, in Czech and English.

import { type Language, type Texts, textsIn } from "../texts";

const CZECH = {
  title: "Mapa do terénu",
  lead: "Otevřete balíček s mapou obce. Mapa, hledání i údaje pak fungují bez signálu.",
  pick: "Vybrat balíček",
  pickAnother: "Otevřít jiný balíček",
  drop: "Soubor sem můžete také přetáhnout.",
  whereFrom:
    "Balíček je jeden soubor s mapou jedné obce. Zatím ho připravuje správce serveru (příkazem obzor package build) a předá vám ho; stáhnout přímo ze serveru ho zatím nejde.",
  privacy: "Soubor zůstává ve vašem zařízení, nikam se neodesílá.",
  pageKept: "Tato stránka je uložená v zařízení: otevře se i bez signálu.",
  pageNotKept:
    "Tuto stránku prohlížeč neuložil, bez signálu se neotevře. Otevřete ji přes https a mimo anonymní okno.",
  checking: "Kontroluji balíček: {0} %",
  copying: "Ukládám balíček do zařízení: {0} %",
  "not-a-package":
    "Tento soubor není balíček Obzoru. Vyberte soubor, který vám správce předal, a nerozbalujte ho.",
  damaged: "Balíček je poškozený nebo není celý. Zkopírujte si ho do zařízení znovu.",
  damagedPart: "Poškozená část: {0}.",
  newer:
    "Balíček je novější než tato stránka. Otevřete stránku jednou se signálem, aby se obnovila, a zkuste to znovu.",
  unreadable: "Soubor se nepodařilo přečíst. Zkuste ho nejdřív uložit přímo do zařízení.",
  keptBroken: "Uložený balíček se nepodařilo otevřít. Vyberte ho znovu.",
  package: "O balíčku",
  municipality: "Obec",
  date: "Stav dat k",
  note: "stav dat k {0}",
  revision: "Revize",
  size: "Velikost",
  sources: "Zdroje dat",
  keeping: "Uložení",
  safely: "Uložený v tomto zařízení, otevře se i příště.",
  "while-there-is-room":
    "Uložený v tomto zařízení, otevře se i příště. Kdyby docházelo místo, může ho prohlížeč smazat; předejdete tomu, když si stránku přidáte na plochu.",
  not: "Jen otevřený: tento prohlížeč ho neumí uložit. Po zavření stránky ho vyberte znovu.",
  "no-room": "Jen otevřený: do zařízení se nevešel, volno je {0}. Po zavření stránky ho vyberte znovu.",
  remove: "Odebrat ze zařízení",
};

export type FieldTexts = typeof CZECH;

const ENGLISH: FieldTexts = {
  title: "Field map",
  lead: "Open a package with the map of a municipality. The map, the search and the values then work without a signal.",
  pick: "Choose a package",
  pickAnother: "Open another package",
  drop: "You can also drop the file here.",
  whereFrom:
    "A package is one file with the map of one municipality. For now the administrator of the server makes it (by the command obzor package build) and hands it over to you; it cannot be downloaded from the server yet.",
  privacy: "The file stays on your device; nothing is sent anywhere.",
  pageKept: "This page is kept on the device: it opens without a signal.",
  pageNotKept:
    "The browser did not keep this page; it will not open without a signal. Open it by https and outside a private window.",
  checking: "Checking the package: {0} %",
  copying: "Keeping the package on the device: {0} %",
  "not-a-package":
    "This file is not a package of Obzor. Choose the file that the administrator gave you, and do not unpack it.",
  damaged: "The package is damaged or not whole. Copy it to the device again.",
  damagedPart: "Damaged part: {0}.",
  newer:
    "The package is newer than this page. Open the page once with a signal, so that it is renewed, and try again.",
  unreadable: "The file could not be read. Try saving it on the device itself first.",
  keptBroken: "The kept package could not be opened. Choose it again.",
  package: "About the package",
  municipality: "Municipality",
  date: "Data as of",
  note: "data as of {0}",
  revision: "Revision",
  size: "Size",
  sources: "Data sources",
  keeping: "Storage",
  safely: "Kept on this device; it opens next time.",
  "while-there-is-room":
    "Kept on this device; it opens next time. If room gets scarce, the browser may remove it; adding the page to your home screen prevents that.",
  not: "Only opened: this browser cannot keep it. After closing the page, choose it again.",
  "no-room":
    "Only opened: it did not fit on the device, {0} are free. After closing the page, choose it again.",
  remove: "Remove from the device",
};

const FIELD_TEXTS: Record<Language, FieldTexts> = { cs: CZECH, en: ENGLISH };

/** What the parts of the map say otherwise when there is no server behind them. */
const ON_A_DEVICE: Record<Language, Partial<Texts>> = {
  cs: {
    noValues: "Balíček o tomto prvku nemá žádné údaje. Prvky sousedních obcí jsou v něm jen nakreslené.",
    featureFailed: "Údaje o prvku se v balíčku nepodařilo přečíst.",
    searchFailed: "Hledání v balíčku nefunguje. Otevřete balíček znovu.",
    tilesFailed: "Část mapy se z balíčku nepodařilo přečíst. Otevřete balíček znovu.",
  },
  en: {
    noValues: "The package has no values of this feature. Features of neighbours are only drawn.",
    featureFailed: "The feature could not be read from the package.",
    searchFailed: "Search in the package does not work. Open the package again.",
    tilesFailed: "A part of the map could not be read from the package. Open the package again.",
  },
};

/** Returns what only the field page says. */
export function fieldTextsIn(language: Language): FieldTexts {
  return FIELD_TEXTS[language];
}

/** Returns what the parts of the map say on a device. */
export function mapTextsIn(language: Language): Texts {
  return { ...textsIn(language), ...ON_A_DEVICE[language] };
}
