// Calls to one worker, each answered once.

import { YaksearchError, unpack } from "./errors.js";
import { host } from "./host.js";

/**
 * @typedef {object} CallOptions
 * @property {AbortSignal} [signal]
 * @property {(progress: any) => void} [onProgress]
 */

const UNLOADED = "its script worker.js, or a script that it imports, did not load";

export class Connection {
  #worker;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: unknown) => void, onProgress?: (progress: any) => void }>} */
  #open = new Map();
  #calls = 0;
  #onLost;
  /** @type {ReturnType<typeof setTimeout>} */
  #startLimit;
  /** Once the worker was ended, or ended by itself: what every later call gets. @type {{ error: unknown } | null} */
  #end = null;

  /** `onLost` is told once when the worker dies by itself, with the error that every open call gets. */
  constructor(/** @type {(error: Error) => void} */ onLost) {
    this.#onLost = onLost;
    try {
      this.#worker = host.spawnWorker();
    } catch (error) {
      throw new YaksearchError(
        "worker",
        `the browser starts no worker (${error instanceof Error ? error.message : error}); serve the module from the ` +
          "page's own origin, and allow it in the page's policy (worker-src)",
      );
    }
    this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault(); // it reaches the caller as a rejection
      this.#stopped(event.message || UNLOADED);
    });
    this.#startLimit = setTimeout(() => this.#stopped(UNLOADED), host.startLimitMs);
    // Node's alone: a process ends without waiting for it.
    /** @type {any} */ (this.#startLimit).unref?.();
  }

  /**
   * Calls `method` of the worker. An aborted signal calls off the worker's downloads; the promise settles when the
   * worker has answered, so that the next call finds it free.
   *
   * @param {string} method
   * @param {object} args
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  call(method, args, { signal, onProgress } = {}) {
    const call = this.#calls++;
    const abort = () => this.#worker.postMessage({ abort: call });
    return new Promise((resolve, reject) => {
      if (this.#end !== null) throw this.#end.error;
      this.#send({ call, method, args });
      this.#open.set(call, { resolve, reject, onProgress });
      this.#worker.ref?.(); // Node's alone: a process ends when no call is open, disposed of or not
      signal?.addEventListener("abort", abort);
    }).finally(() => signal?.removeEventListener("abort", abort));
  }

  /** Ends the worker, which gives its memory back at once. Open calls get `error`, and so do later ones. */
  close(/** @type {unknown} */ error) {
    if (this.#end !== null) return;
    this.#end = { error };
    clearTimeout(this.#startLimit);
    this.#worker.terminate();
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { reject } of open) reject(error);
  }

  #send(/** @type {object} */ message) {
    try {
      this.#worker.postMessage(message);
    } catch (error) {
      throw new YaksearchError(
        "input",
        `an argument cannot be sent to the worker (${error instanceof Error ? error.message : error}); ` +
          "give plain values only",
      );
    }
  }

  #receive({ started, call, value, error, progress, trap }) {
    if (started) {
      clearTimeout(this.#startLimit);
      return;
    }
    if (trap !== undefined) {
      this.#lose(
        "crashed",
        `the engine crashed (${trap}), and every call under way failed with it; the next call starts a fresh one`,
      );
      return;
    }
    const open = this.#open.get(call);
    if (open === undefined) return; // answered already: the worker was closed meanwhile
    if (progress === undefined) {
      this.#answered(call);
      if (error !== undefined) open.reject(unpack(error));
      else open.resolve(value);
      return;
    }
    try {
      open.onProgress?.(progress);
    } catch (error) {
      this.#answered(call);
      open.reject(error);
    }
  }

  #answered(/** @type {number} */ call) {
    this.#open.delete(call);
    if (this.#open.size === 0) this.#worker.unref?.();
  }

  #stopped(/** @type {string} */ why) {
    this.#lose(
      "worker",
      `the worker stopped (${why}); check the connection, and that worker.js, lib and pkg lie beside yaksearch.js on the ` +
        "server, then try again",
    );
  }

  #lose(/** @type {string} */ code, /** @type {string} */ message) {
    if (this.#end !== null) return; // what an ended worker still said
    const error = new YaksearchError(code, message);
    this.#onLost(error);
    this.close(error);
  }
}
