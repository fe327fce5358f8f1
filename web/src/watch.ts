// Hears from the server which tiles changed, for as long as somebody looks at the page.

import type { Changes } from "./city";

/** How many milliseconds to wait before asking again a server that had no place for another listener. */
const PATIENCE = 30_000;

/**
 * Calls `onChange` with what changes, and with everything after a pause in which changes may have been missed;
 * returns what ends it.
 */
export function watch(address: URL, layers: string[], onChange: (changes: Changes) => void): () => void {
  const everything: Changes = Object.fromEntries(layers.map((layer) => [layer, null]));
  let events: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let mayHaveMissed = document.hidden;

  const close = () => {
    clearTimeout(retry);
    events?.close();
  };
  const open = () => {
    events = new EventSource(address);
    events.addEventListener("open", () => {
      if (mayHaveMissed) {
        onChange(everything);
      }
      mayHaveMissed = true;
    });
    events.addEventListener("tiles", ({ data }) =>
      onChange((JSON.parse(data) as { layers: Changes }).layers),
    );
    events.addEventListener("error", () => {
      // The browser connects again by itself, unless the server answered with an error.
      if (events?.readyState === EventSource.CLOSED) {
        retry = setTimeout(open, PATIENCE);
      }
    });
  };
  // A browser has few connections to one server: a page that nobody sees gives its own back.
  const look = () => {
    close();
    if (!document.hidden) {
      open();
    }
  };
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    close();
  };
}
