// Keeps the list's shell, a page without names, and what it is drawn with, for when there is no network.
const BASE = new URL("./", self.location).pathname;
const SHELL = `${BASE}skal`;
const CACHE = "kodplats-narvaro";
const LIST = new RegExp(`^${BASE}[0-9]+$`);

self.addEventListener("install", (event) => event.waitUntil(renew().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => event.waitUntil(renew().catch(() => {})));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && LIST.test(pathname)) {
    event.respondWith(fetch(request).catch(() => kept(SHELL)));
  } else if (pathname.includes("/static/")) {
    event.respondWith(fetch(request).catch(() => kept(request)));
  }
});

async function kept(what) {
  return (await (await caches.open(CACHE)).match(what)) ?? Response.error();
}

// All or nothing: a shell whose sheet or script is missing would be none.
async function renew() {
  const shell = await fetch(SHELL, { cache: "reload", credentials: "omit" });
  if (!shell.ok) throw new Error(`the shell answers ${shell.status}`);
  const drawn = [...(await shell.clone().text()).matchAll(/(?:href|src)="([^"]*\/static\/[^"]+)"/g)];
  const cache = await caches.open(CACHE);
  await cache.addAll([...new Set(drawn.map(([, address]) => address.replaceAll("&amp;", "&")))]);
  await cache.put(SHELL, shell);
}
