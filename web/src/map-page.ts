// Puts the parts of the page together around a city, and keeps the address in step.

import type { City, Config, FeatureKey, Hit, Legend } from "./city";
import { CityMap } from "./city-map";
import { button } from "./dom";
import { FeaturePanel } from "./feature-panel";
import { LayerTree } from "./layer-tree";
import { Page } from "./page";
import { readView, writeView } from "./permalink";
import { SearchBox } from "./search-box";
import { CityStyle } from "./style";
import { Sprite } from "./swatch";
import type { Language, Texts } from "./texts";

/** How many milliseconds pass between two questions for the age of layers that show other software's tables. */
const AGES_EVERY = 15_000;

interface Answers {
  city: City;
  config: Config;
  legend: Legend;
  style: CityStyle;
  sprite: Sprite;
}

/** What is shown of a city. */
export interface CityPage {
  /** The frame, for what else belongs there. */
  page: Page;
  language: Language;
  /** Takes everything from the screen. */
  close: () => void;
}

export interface CityPageOptions {
  textsIn: (language: Language) => Texts;
  /** Where the map's worker is, if not where it was built to. */
  worker?: string;
  /** Shows the city anew, because the address says something else. */
  restart: () => void;
}

/** What stays as it was needs no word: the age on the page says how old it is. */
function ignore(): void {}

/** Shows a city: map, layers, search and card. */
export async function showCity(city: City, options: CityPageOptions): Promise<CityPage> {
  return start(await readAll(city), options);
}

async function readAll(city: City): Promise<Answers> {
  const config = await city.readConfig(readView(location.hash).language);
  const [legend, specification] = await Promise.all([city.readLegend(config), city.readStyle(config)]);
  const style = new CityStyle(specification);
  return { city, config, legend, style, sprite: await Sprite.read(city, style.sprite) };
}

function start({ city, config, legend, style, sprite }: Answers, options: CityPageOptions): CityPage {
  const view = readView(location.hash);
  const language = config.language;
  const texts = options.textsIn(language);
  const { worker, restart } = options;
  const page = new Page(config, texts);
  const byDefault = style.visibleByDefault();
  const drawn = style.drawn();
  const visible = new Set(
    [...drawn].filter(
      (layer) => (byDefault.has(layer) || view.on.includes(layer)) && !view.off.includes(layer),
    ),
  );
  let chosen: FeatureKey | undefined;
  let map: CityMap | undefined;

  const writeAddress = (wanted = view.language) => {
    const hash = writeView({
      position: map?.position() ?? view.position,
      on: [...visible].filter((layer) => !byDefault.has(layer)),
      off: [...byDefault].filter((layer) => !visible.has(layer)),
      language: wanted,
      feature: chosen,
    });
    history.replaceState(null, "", hash);
  };
  const update = () => {
    tree.update(visible, map?.position().zoom ?? 0);
    writeAddress();
  };
  const show = (layers: string[], on: boolean) => {
    for (const layer of layers) {
      visible[on ? "add" : "delete"](layer);
    }
    map?.show(layers, on);
    update();
  };

  const panel = new FeaturePanel({
    city,
    config,
    legend,
    sprite,
    texts,
    language,
    onChosen: (key, feature) => {
      chosen = key;
      map?.mark(key, feature);
      if (feature?.bbox) {
        map?.reveal(feature.bbox, panel.root.getBoundingClientRect());
      }
      writeAddress();
    },
    onZoomTo: (feature) => feature.bbox && map?.goTo(feature.bbox),
  });
  const tree = new LayerTree({
    config,
    legend,
    sprite,
    texts,
    drawn,
    onChange: show,
    onReset: () => {
      show([...drawn], false);
      show([...byDefault], true);
    },
  });
  const choose = (hit: Hit) => {
    page.showLayers(false);
    if (drawn.has(hit.layer) && !visible.has(hit.layer)) {
      show([hit.layer], true);
    }
    if (hit.bbox) {
      map?.goTo(hit.bbox);
    }
    void panel.show([hit]);
  };
  const find = (text: string, signal: AbortSignal) => city.search(text, language, signal);

  page.place(new SearchBox(texts, find, choose).root, tree.root, panel.root);
  page.onLanguage(() => {
    writeAddress(language === "cs" ? "en" : "cs");
    restart();
  });
  window.addEventListener("hashchange", restart);
  const stopWatching = city.watch?.([...drawn], (changes) => map?.refresh(changes));
  const mayAge = config.groups.some((group) => group.layers.some((layer) => layer.as_of !== undefined));
  const ages =
    mayAge && city.watch
      ? setInterval(
          () => void city.readConfig(language).then((now) => tree.tellAges(now), ignore),
          AGES_EVERY,
        )
      : undefined;
  try {
    map = new CityMap({
      container: page.map,
      footer: page.footer,
      config,
      style,
      visible,
      position: view.position,
      texts,
      worker,
      onIdentify: (found) => void panel.show(found),
      onMove: update,
      onPoint: (lng, lat) => page.tellPlace(lng, lat),
      onFailure: (failed) => page.tell(failed ? texts.tilesFailed : ""),
    });
    page.tools.append(button(texts.whatIsHere, () => map?.identifyCentre(), { icon: "here" }));
  } catch {
    page.tell(texts.noWebgl);
  }
  update();
  if (view.feature) {
    const asked = view.feature;
    void panel.show([asked]).then((feature) => {
      if (feature?.bbox && !view.position) {
        map?.goTo(feature.bbox);
      }
    });
  }
  const close = () => {
    window.removeEventListener("hashchange", restart);
    stopWatching?.();
    clearInterval(ages);
    map?.remove();
    page.root.remove();
  };
  return { page, language, close };
}
