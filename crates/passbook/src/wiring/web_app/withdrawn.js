// The bank has withdrawn its web app: what earlier versions of it stored for opening goes, and this worker, too. The
// device's own store is left alone.

"use strict";

async function leave() {
  const names = await caches.keys();
  await Promise.all(names.map((name) => caches.delete(name)));
  await registration.unregister();
  const pages = await clients.matchAll({ type: "window" });
  await Promise.all(pages.map((page) => page.navigate(page.url)));
}

addEventListener("install", () => skipWaiting());

addEventListener("activate", (event) => event.waitUntil(leave()));
