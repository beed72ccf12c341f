// Using the page without a network: the service worker, and what is said of it.

import { find } from "./find.js";
import { words } from "./words.js";

const text = find("offline");
const update = find("update", HTMLButtonElement);
let keptHere = false;

/** Installs the service worker, where the browser and the site have one. `engine` is the build that runs here. */
export async function keepForOffline(/** @type {string} */ engine) {
  const container = navigator.serviceWorker;
  if (container === undefined) return;
  // Whoever has the page already gets a new version when they ask for it: never half of one and half of another.
  let asked = false;
  container.addEventListener("controllerchange", () => asked && location.reload());
  try {
    // Its list of files must never come from a cache of the browser.
    const registration = await container.register(`sw.js?engine=${engine}`, { updateViaCache: "none" });
    const offer = (/** @type {ServiceWorker | null} */ worker) => {
      if (worker === null) return;
      update.hidden = false;
      update.onclick = () => {
        asked = true;
        worker.postMessage("activate");
      };
    };
    offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => {
        if (worker.state === "installed" && registration.active !== null) offer(worker);
      });
    });
    await container.ready;
    keptHere = true;
    showNetwork();
  } catch {
    // A site without sw.js, or a browser that forbids it: the page works with a network.
  }
}

/** Says how it is with the network. */
export function showNetwork() {
  const { ready, offline, offlineUnready } = words.network;
  if (navigator.onLine) text.textContent = keptHere ? ready : "";
  else text.textContent = keptHere ? offline : offlineUnready;
}

addEventListener("online", showNetwork);
addEventListener("offline", showNetwork);
