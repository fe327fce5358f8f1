// Has the browser keep the page itself, so that it opens without a network.

import { BASE } from "../server";

/** Registers the worker that keeps the page; tells whether the page now opens without a network. */
export async function keepPage(): Promise<boolean> {
  if (!("serviceWorker" in navigator)) {
    return false;
  }
  try {
    await navigator.serviceWorker.register(new URL("field/sw.js", BASE), {
      scope: new URL("field", BASE).pathname,
      updateViaCache: "none",
    });
  } catch {
    // Without a network the worker that is there stays as it is; without one, the page is not kept.
    if (!(await navigator.serviceWorker.getRegistration())) {
      return false;
    }
  }
  await navigator.serviceWorker.ready;
  return true;
}
