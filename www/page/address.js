// The question in the page's address, after "#": what stands there is never sent to a server, so an address can be kept and
// shared.

/** @typedef {{ query: string, choices: Record<string, string> }} State */

/** Browsers refuse to change the address more often than a few times a second: Safari 100 times in 30 seconds. */
const PAUSE_MS = 400;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** What the address says. @returns {State} */
export function readAddress() {
  clearTimeout(timer);
  const { q = "", ...choices } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  return { query: q, choices };
}

/** Puts the state into the address once it rests, without a new entry in the browser's history. */
export function writeAddress(/** @type {State} */ state) {
  clearTimeout(timer);
  timer = setTimeout(() => put(state), PAUSE_MS);
}

function put(/** @type {State} */ { query, choices }) {
  const hash = new URLSearchParams({ ...(query === "" ? {} : { q: query }), ...choices }).toString();
  if (hash === new URLSearchParams(location.hash.slice(1)).toString()) return;
  history.replaceState(null, "", hash === "" ? location.pathname + location.search : `#${hash}`);
}

/** Calls `listener` when somebody changed the address: followed a link, went back. */
export function listenToAddress(/** @type {() => void} */ listener) {
  addEventListener("hashchange", listener);
}
