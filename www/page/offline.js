// Using the page without a network: the service worker, and what is said of it.

import { find } from "./find.js";
import { words } from "./words.js";

const text = find("network");
const update = find("update");
const button = find("update-now", HTMLButtonElement);
/** Whether the page is kept in this browser. @type {"not yet" | "kept" | "refused"} */
let state = "not yet";

/** Installs the service worker, where the browser and the site have one. `engine` is the build that runs here. */
export async function keepForOffline(/** @type {string} */ engine) {
  const container = navigator.serviceWorker;
  if (container === undefined) return;
  // A new version comes when somebody asks for it, and then in every window: never half of one and half of another.
  let replaces = container.controller !== null;
  container.addEventListener("controllerchange", () => {
    if (replaces) location.reload();
    replaces = true;
  });
  const offer = (/** @type {ServiceWorker} */ worker) => {
    update.hidden = false;
    button.onclick = () => {
      replaces = true;
      worker.postMessage("activate");
    };
  };
  try {
    // Its list of files must never come from a cache of the browser.
    const registration = await container.register(`sw.js?engine=${engine}`, { updateViaCache: "none" });
    const follow = (/** @type {ServiceWorker | null} */ worker) => {
      worker?.addEventListener("statechange", () => {
        if (worker.state === "installed" && registration.active !== null) offer(worker);
        if (worker.state === "activated") become("kept");
        if (worker.state === "redundant" && registration.active === null) become("refused");
      });
    };
    follow(registration.installing);
    registration.addEventListener("updatefound", () => follow(registration.installing));
    if (registration.active === null) return;
    become("kept");
    if (registration.waiting !== null) offer(registration.waiting);
  } catch {
    // A site without sw.js, or a browser that forbids it: the page works with a network.
  }
}

function become(/** @type {typeof state} */ next) {
  state = next;
  showNetwork();
}

/** Says how it is with the network. */
export function showNetwork() {
  const { kept, refused, offline, offlineUnready } = words.network;
  if (navigator.onLine) text.textContent = state === "kept" ? kept : state === "refused" ? refused : "";
  else text.textContent = state === "kept" ? offline : offlineUnready;
  text.hidden = text.textContent === "";
  text.classList.toggle("offline", !navigator.onLine);
}

addEventListener("online", showNetwork);
addEventListener("offline", showNetwork);
