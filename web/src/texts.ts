// What the page says, in Czech and English.

export type Language = "cs" | "en";

const CZECH = {
  otherLanguage: "English",
  sample: "ukázková data",
  sampleTitle: "Část údajů je vymyšlená, aby bylo co ukázat.",
  layers: "Vrstvy",
  showLayers: "Zobrazit vrstvy a hledání",
  closePanel: "Zavřít panel",
  wholeLegend: "Celá legenda",
  legendOf: "Legenda vrstvy {0}",
  groupLayers: "Zobrazit všechny vrstvy skupiny {0}",
  fromCloser: "až zblízka",
  asOf: "stav k {0}",
  live: "živě",
  resetLayers: "Výchozí vrstvy",
  search: "Hledat",
  searchHint: "Parcela, ulice, adresa, obec…",
  searchNone: "Nic jsme nenašli. Zkuste jen část názvu nebo číslo parcely.",
  searchCount: "Nalezeno: {0}. Vybírá se šipkami a klávesou Enter.",
  searchFailed: "Hledání teď nefunguje. Zkuste to za chvíli.",
  clearSearch: "Smazat hledání",
  whatIsHere: "Co je ve středu mapy",
  nothingHere: "Tady žádný zobrazený prvek není. Zapněte další vrstvy nebo mapu přibližte.",
  alsoHere: "Také na tomto místě",
  feature: "Prvek mapy",
  close: "Zavřít",
  featureFailed: "Údaje o prvku se nepodařilo načíst. Zkuste to za chvíli.",
  noValues: "Prvek nemá vyplněné žádné údaje.",
  zoomToFeature: "Přiblížit na prvek",
  asJson: "Data prvku (GeoJSON)",
  yes: "ano",
  no: "ne",
  decimal: ",",
  north: "s. š.",
  east: "v. d.",
  coordinates: "Souřadnice (WGS 84)",
  mapLabel:
    "Mapa města. Posouvá se šipkami, přibližuje klávesami plus a minus. Enter vypíše, co je ve středu mapy.",
  tilesFailed:
    "Část mapy se nepodařilo načíst. Server možná neodpovídá; zkoušíme to znovu při každém posunu.",
  startFailed: "Mapu se nepodařilo spustit, server neodpovídá. Zkuste stránku načíst znovu za chvíli.",
  noWebgl:
    "Mapu nelze nakreslit, protože prohlížeč nemá zapnuté WebGL 2. Zapněte hardwarové zrychlení nebo zkuste jiný prohlížeč. Hledání funguje i bez mapy.",
  locale: {
    "AttributionControl.ToggleAttribution": "Zobrazit zdroje dat",
    "AttributionControl.MapFeedback": "Připomínka k mapě",
    "Map.Title": "Mapa",
    "Marker.Title": "Značka v mapě",
    "NavigationControl.ZoomIn": "Přiblížit",
    "NavigationControl.ZoomOut": "Oddálit",
    "NavigationControl.ResetBearing": "Otočit mapu na sever",
    "Popup.Close": "Zavřít",
    "ScaleControl.Meters": "m",
    "ScaleControl.Kilometers": "km",
  },
};

export type Texts = typeof CZECH;

const ENGLISH: Texts = {
  otherLanguage: "Čeština",
  sample: "sample data",
  sampleTitle: "Some of the data are invented, so that there is something to show.",
  layers: "Layers",
  showLayers: "Show layers and search",
  closePanel: "Close the panel",
  wholeLegend: "Whole legend",
  legendOf: "Legend of {0}",
  groupLayers: "Show all layers of {0}",
  fromCloser: "closer in",
  asOf: "as of {0}",
  live: "live",
  resetLayers: "Default layers",
  search: "Search",
  searchHint: "Parcel, street, address, municipality…",
  searchNone: "Nothing found. Try a part of the name, or a parcel number.",
  searchCount: "Found: {0}. Choose with the arrows and Enter.",
  searchFailed: "Search does not work now. Try again in a moment.",
  clearSearch: "Clear the search",
  whatIsHere: "What is at the map's centre",
  nothingHere: "None of the visible features is here. Switch more layers on, or zoom in.",
  alsoHere: "Also at this place",
  feature: "Feature",
  close: "Close",
  featureFailed: "The feature could not be read. Try again in a moment.",
  noValues: "Nothing has been filled in about this feature.",
  zoomToFeature: "Zoom to the feature",
  asJson: "Data of the feature (GeoJSON)",
  yes: "yes",
  no: "no",
  decimal: ".",
  north: "N",
  east: "E",
  coordinates: "Coordinates (WGS 84)",
  mapLabel: "City map. Arrows move it, plus and minus zoom. Enter lists what is at its centre.",
  tilesFailed: "A part of the map could not be read. The server may be away; we try again with every move.",
  startFailed: "The map could not start: the server does not answer. Reload the page in a moment.",
  noWebgl:
    "The map cannot be drawn, because WebGL 2 is switched off in this browser. Switch hardware acceleration on or try another browser. Search works without the map.",
  locale: {
    "AttributionControl.ToggleAttribution": "Show data sources",
    "AttributionControl.MapFeedback": "Map feedback",
    "Map.Title": "Map",
    "Marker.Title": "Map marker",
    "NavigationControl.ZoomIn": "Zoom in",
    "NavigationControl.ZoomOut": "Zoom out",
    "NavigationControl.ResetBearing": "Turn the map north",
    "Popup.Close": "Close",
    "ScaleControl.Meters": "m",
    "ScaleControl.Kilometers": "km",
  },
};

const TEXTS: Record<Language, Texts> = { cs: CZECH, en: ENGLISH };

/** Returns the page's texts in a language. */
export function textsIn(language: Language): Texts {
  return TEXTS[language];
}

/** Puts a value into the place `{0}` of a text. */
export function fillIn(text: string, value: string | number): string {
  return text.replace("{0}", String(value));
}
