// Starts the page: reads what the server says, puts the parts together and keeps the address in step.

import { CityMap } from "./city-map";
import { button, element } from "./dom";
import { FeaturePanel } from "./feature-panel";
import { LayerTree } from "./layer-tree";
import { Page } from "./page";
import { readView, writeView } from "./permalink";
import { SearchBox } from "./search-box";
import { type Config, type FeatureKey, type Hit, type Legend, readConfig, readLegend } from "./server";
import { CityStyle } from "./style";
import { Sprite } from "./swatch";
import { textsIn } from "./texts";

interface Answers {
  config: Config;
  legend: Legend;
  style: CityStyle;
  sprite: Sprite;
}

async function readAll(): Promise<Answers> {
  const config = await readConfig(readView(location.hash).language);
  const [legend, style] = await Promise.all([readLegend(config), CityStyle.read(config)]);
  return { config, legend, style, sprite: await Sprite.read(style.sprite) };
}

function start({ config, legend, style, sprite }: Answers): void {
  const view = readView(location.hash);
  const language = config.language;
  const texts = textsIn(language);
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
    config,
    legend,
    sprite,
    texts,
    language,
    onChosen: (key, feature) => {
      chosen = key;
      map?.mark(feature);
      if (feature?.geometry) {
        map?.reveal(feature.geometry, panel.root.getBoundingClientRect());
      }
      writeAddress();
    },
    onZoomTo: (feature) => feature.geometry && map?.goTo(feature.geometry),
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
      map?.goToBounds(hit.bbox);
    }
    void panel.show([{ layer: hit.layer, fid: hit.fid }]);
  };

  page.place(new SearchBox(texts, language, choose).root, tree.root, panel.root);
  page.onLanguage(() => {
    writeAddress(language === "cs" ? "en" : "cs");
    location.reload();
  });
  window.addEventListener("hashchange", () => location.reload());
  try {
    map = new CityMap({
      container: page.map,
      footer: page.footer,
      config,
      style,
      visible,
      position: view.position,
      texts,
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
      if (feature?.geometry && !view.position) {
        map?.goTo(feature.geometry);
      }
    });
  }
}

readAll().then(start, () => {
  const told = (language: "cs" | "en") => element("p", { lang: language }, textsIn(language).startFailed);
  document.body.append(element("main", { class: "notice", role: "alert" }, told("cs"), told("en")));
});
