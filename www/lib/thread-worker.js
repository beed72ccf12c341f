// A thread of Node with the face of a browser's Worker, as far as the module uses it.

import { Worker } from "node:worker_threads";

export class ThreadWorker extends EventTarget {
  #thread;

  constructor(/** @type {URL} */ script) {
    super();
    this.#thread = new Worker(script);
    this.#thread.unref();
    this.#thread.on("message", (data) => this.dispatchEvent(new MessageEvent("message", { data })));
    this.#thread.on("error", ({ message }) => this.#fail(message));
    // A thread can end without an error, when something in it calls process.exit.
    this.#thread.on("exit", (code) => this.#fail(`its thread ended with ${code}`));
  }

  #fail(/** @type {string} */ message) {
    this.dispatchEvent(Object.assign(new Event("error", { cancelable: true }), { message }));
  }

  postMessage(/** @type {unknown} */ message) {
    this.#thread.postMessage(message);
  }

  /** While it is unreferenced, the process may end without it. */
  ref() {
    this.#thread.ref();
  }

  unref() {
    this.#thread.unref();
  }

  terminate() {
    this.#thread.terminate();
  }
}
