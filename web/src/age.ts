// How old what a layer shows may be, in words.

import type { Layer } from "./city";
import { fillIn, type Language, type Texts } from "./texts";

/** Returns how old a layer that shows other software's table may be; nothing for the city's own. */
export function ageOf({ as_of, live }: Layer, texts: Texts, language: Language): string {
  if (as_of === undefined) {
    return "";
  }
  if (live) {
    return texts.live;
  }
  const at = new Date(as_of);
  const isToday = at.toDateString() === new Date().toDateString();
  const day: Intl.DateTimeFormatOptions = isToday ? {} : { day: "numeric", month: "numeric" };
  const said = at.toLocaleString(language === "cs" ? "cs-CZ" : "en-GB", {
    ...day,
    hour: "numeric",
    minute: "2-digit",
  });
  return fillIn(texts.asOf, said);
}
