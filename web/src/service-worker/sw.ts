// Keeps the field page for work without a network: its own files and nothing of the server's data.
//
// Each build has a cache of its own. An open page goes on with the files it was made of: their names change with their
// content, and the cache of the build before stays until the next one comes.

export {};

declare const self: ServiceWorkerGlobalScope;
/** The files of the page below the base, and a hash of all their content. */
declare const FILES: string[];
declare const BUILD: string;

const PREFIX = "obzor-field-";
const CACHE = `${PREFIX}${BUILD}`;
/** This script lies one folder below the base. */
const BASE = new URL("..", self.location.href).href;
const ASSETS = `${BASE}assets/`;
const KEPT = new Set(FILES.map((file) => BASE + file));

async function keepFiles(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll([...KEPT].map((address) => new Request(address, { cache: "no-cache" })));
  await self.skipWaiting();
}

async function dropOldBuilds(): Promise<void> {
  const builds = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(builds.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answer(address: string, request: Request): Promise<Response> {
  const own = await (await caches.open(CACHE)).match(address);
  return own ?? (await caches.match(address)) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(keepFiles()));
self.addEventListener("activate", (event) => event.waitUntil(dropOldBuilds()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const address = origin + pathname;
  if (request.method === "GET" && (KEPT.has(address) || address.startsWith(ASSETS))) {
    event.respondWith(answer(address, request));
  }
});
