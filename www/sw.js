// The service worker: keeps one whole version of the site, so that the page works without a network.
//
// files.js, made by scripts/build, lists every file with its SHA-256. A new version is fetched beside the old one, every
// file is checked, and it replaces the old one whole, when no page is open that uses that, or when a page asks.

importScripts("files.js");

const { version, files } = self.SITE;
const PREFIX = "yaksearch-site-";
const CACHE = PREFIX + version;
const HASH = "x-sha256";
/** The build of the engine that this browser runs, as the page knows; the others are kept once they were used. */
const ENGINE = `pkg/${new URL(location.href).searchParams.get("engine")}.wasm`;

const listed = new Map(files.map((file) => [file.path, file]));
const isWanted = ({ path }) => !path.endsWith(".wasm") || path === ENGINE;
const addressOf = (path) => new URL(path, registration.scope).href;

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", ({ data }) => data === "activate" && skipWaiting());
addEventListener("fetch", (event) => {
  const path = pathOf(event.request);
  if (path !== null) event.respondWith(answer(listed.get(path)));
});

/** Fetches what is new, one file after another: the page comes first. */
async function install() {
  const cache = await caches.open(CACHE);
  for (const file of files.filter(isWanted)) {
    if (await fromCache(cache, file)) continue; // an earlier installation was stopped
    await cache.put(addressOf(file.path), (await fromOtherVersions(file)) ?? (await fromServer(file)));
  }
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  }
  await clients.claim();
}

/** The listed file that a request is for; null for every other request, which goes its way. */
function pathOf(request) {
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(registration.scope)) return null;
  const name = decodeURI(url.href.slice(registration.scope.length).split(/[?#]/)[0]);
  const path = name === "" ? "index.html" : name;
  return listed.has(path) ? path : null;
}

async function answer(file) {
  const cache = await caches.open(CACHE);
  const kept = await fromCache(cache, file);
  if (kept) return kept;
  const fetched = await fromServer(file);
  // Without room for it the answer is the same.
  await cache.put(addressOf(file.path), fetched.clone()).catch(() => {});
  return fetched;
}

const fromCache = (cache, file) => cache.match(addressOf(file.path));

/** The same file in another version's cache. */
async function fromOtherVersions(file) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX) || name === CACHE) continue;
    const kept = await fromCache(await caches.open(name), file);
    if (kept?.headers.get(HASH) === file.sha256) return kept;
  }
  return undefined;
}

/** The file from the server, checked; the error of a page's request if it is not the one that is listed. */
async function fromServer(file) {
  // Past what a browser believes to be fresh: else two versions could mix.
  const response = await fetch(addressOf(file.path), { cache: "no-cache" });
  if (!response.ok) throw new Error(`${file.path}: the server answered ${response.status}`);
  const bytes = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hash !== file.sha256) throw new Error(`${file.path}: the server has another version than files.js lists`);
  const headers = { "content-length": String(bytes.byteLength), [HASH]: hash };
  const type = response.headers.get("content-type");
  if (type !== null) headers["content-type"] = type;
  return new Response(bytes, { headers });
}
