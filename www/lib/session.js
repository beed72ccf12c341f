// A model's life: loaded in a worker, brought back after a crash, disposed of.

import { Connection } from "./connection.js";
import { YaksearchError } from "./errors.js";
import { Queue } from "./queue.js";

/**
 * @typedef {object} Recipe
 * @property {string} [url] of the model's folder
 * @property {Record<string, Uint8Array>} [given] its files, in place of a folder
 * @property {boolean} [cache] whether the browser keeps its files
 * @property {string} build
 * @property {string} [identity] of the only model that will do
 * @property {(progress: any) => void} [onProgress]
 */

export class Session {
  #recipe;
  #queue = new Queue();
  /** @type {Connection | null} */
  #connection = null;
  /** @type {any} */
  #facts = null;

  constructor(/** @type {Recipe} */ recipe) {
    this.#recipe = recipe;
  }

  get facts() {
    return this.#facts;
  }

  /**
   * Runs `job` with a connection whose worker has the model, when every earlier job is done.
   *
   * @template T
   * @param {(connection: Connection) => Promise<T>} job
   * @param {AbortSignal} [signal]
   * @returns {Promise<T>}
   */
  run(job, signal) {
    return this.#queue.add(async () => {
      this.#connection ??= await this.#connect();
      return job(this.#connection);
    }, signal);
  }

  /** Ends the worker and every call. Later calls are refused. */
  dispose() {
    const error = new YaksearchError("disposed", "the embedder was disposed of; load it again to use it");
    this.#queue.close(error);
    this.#connection?.close(error);
    this.#connecting?.close(error);
  }

  /** @type {Connection | null} */
  #connecting = null;

  async #connect() {
    const { onProgress, identity, ...how } = this.#recipe;
    const connection = new Connection((error) => {
      this.#connection = null;
      this.#queue.fail(error);
    });
    this.#connecting = connection;
    try {
      const facts = await connection.call("load", how, { onProgress });
      const known = this.#facts?.identity ?? identity;
      if (known !== undefined && known !== facts.identity) {
        throw new YaksearchError(
          "changed",
          `${how.url ?? "the files"} holds another model than before (${facts.identity}, was ${known}): their vectors ` +
            "cannot be compared; dispose of this embedder and load the new one",
        );
      }
      this.#facts = Object.freeze({ ...facts, prompts: Object.freeze(facts.prompts) });
      return connection;
    } catch (error) {
      connection.close(error);
      throw error;
    } finally {
      this.#connecting = null;
    }
  }
}
