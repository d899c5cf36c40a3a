// Keeps one version of the app whole, so that it opens without a network. Which version runs changes only when a page
// says `take`, or when no page is open.

"use strict";

const VERSION = "$VERSION";

// The addresses of this version's files, each with its digest, so that two versions never mix.
const FILES = "$FILES";

// What the servers answer themselves. Every other page is the app's.
const OF_SERVERS = ["/.well-known/", "/api", "/api/", "/openapi.json", "/openid/", "/plain", "/plain/", "/readyz", "/v1/"];

// Whether an older version must not go on. The bank's servers say so.
const REQUIRED = false;

const NAME = "passbook-";
const CACHE = NAME + VERSION;

async function store() {
  const cache = await caches.open(CACHE);
  const requests = Object.entries(FILES).map(([address, integrity]) => new Request(address, { integrity }));
  await cache.addAll(requests);
}

async function removeOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(NAME) && name !== CACHE).map((name) => caches.delete(name)));
  await clients.claim();
}

// The file of this version. The browser may have evicted it.
async function stored(address, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(address)) ?? fetch(request);
}

const isOfServers = (path) => OF_SERVERS.some((start) => path === start || (start.endsWith("/") && path.startsWith(start)));

addEventListener("install", (event) => event.waitUntil(store()));

addEventListener("activate", (event) => event.waitUntil(removeOthers()));

addEventListener("message", (event) => {
  if (event.data === "take") skipWaiting();
  if (event.data === "is-required") event.ports[0].postMessage(REQUIRED);
});

addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin || isOfServers(pathname)) return;
  const address = mode === "navigate" && !(pathname in FILES) ? "/" : pathname;
  if (address in FILES) event.respondWith(stored(address, event.request));
});

// `push` and `sync` are heard here: wake-ups, and orders that go out when the network is back.
