// The service worker: keeps one whole version of the site, so that the page works without a network.
//
// files.js, made by scripts/build, lists every file with its SHA-256. A new version is fetched beside the old one, every
// file is checked, and it replaces the old one whole, when no page is open that uses that, or when a page asks.

importScripts("files.js");

const { version, files } = self.SITE;
/** The build of the engine that this browser runs, as the page knows. */
const engine = new URL(location.href).searchParams.get("engine");
/** With the other one that it may need: it reads lists. */
const ENGINES = [engine, "dense"].map((name) => `pkg/${name}.wasm`);
/** Sites at other paths of the same host see the same caches. */
const PREFIX = `yaksearch-site-${registration.scope}#`;
const CACHE = `${PREFIX}${version}-${engine}`;
const HASH = "x-sha256";

const addressOf = (path) => new URL(path, registration.scope).href;
const listed = new Map(files.map((file) => [addressOf(file.path), file]));
const isWanted = ({ path }) => !path.endsWith(".wasm") || ENGINES.includes(path);

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", ({ data }) => data === "activate" && skipWaiting());
addEventListener("fetch", (event) => {
  const file = fileOf(event.request);
  if (file !== undefined) event.respondWith(answer(file));
});

/** Fetches what is new, one file after another: the page comes first. */
async function install() {
  const cache = await caches.open(CACHE);
  for (const file of files.filter(isWanted)) {
    if (await fromCache(cache, file)) continue; // an earlier installation was stopped
    const response = (await fromOtherVersions(file)) ?? (await fromServer(file));
    try {
      await cache.put(addressOf(file.path), response);
    } catch (error) {
      await caches.delete(CACHE); // no room: half a version is of no use
      throw error;
    }
  }
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  }
  await clients.claim();
}

/** The listed file that a request is for; every other request goes its way. */
function fileOf({ method, url }) {
  if (method !== "GET") return undefined;
  const address = url.split(/[?#]/)[0];
  return listed.get(address === registration.scope ? addressOf("index.html") : address);
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
