// Starts the web map: the city is what the server says.

import { element } from "./dom";
import { showCity } from "./map-page";
import { Server } from "./server";
import { textsIn } from "./texts";

showCity(new Server(), { textsIn, restart: () => location.reload() }).catch(() => {
  const told = (language: "cs" | "en") => element("p", { lang: language }, textsIn(language).startFailed);
  document.body.append(element("main", { class: "notice", role: "alert" }, told("cs"), told("en")));
});
