// Bulk work on several workers, each with an engine and a model of its own: no shared memory, so any static host will do.

import { host } from "./host.js";
import { Session } from "./session.js";
import { together } from "./together.js";

/** Steps that make another worker worth its start, which takes as long as a few of them, and its memory. */
const STEPS_EACH = 4;
/** Workers when nobody says how many: each takes some 50 MB. */
const AT_MOST = 4;

export class Crew {
  #first;
  #recipe;
  #size;
  /** @type {Session[]} */
  #helpers = [];
  #disposed = false;

  /**
   * `first` has loaded the model of `recipe`; the others are started when there is work for them.
   *
   * @param {Session} first
   * @param {import("./session.js").Recipe} recipe
   * @param {number} [size]
   */
  constructor(first, recipe, size) {
    this.#first = first;
    this.#recipe = recipe;
    this.#size = size ?? Math.min(host.processors(), AT_MOST);
  }

  /**
   * Runs `step` on every one of `tasks`, each on the first worker that is free. Other calls come in between two steps:
   * nobody who types waits for a list that is indexed. When one fails the rest are called off, and its error is the
   * result.
   *
   * @template T
   * @param {T[]} tasks
   * @param {(connection: import("./connection.js").Connection, task: T) => Promise<void>} step
   * @param {AbortSignal} [signal]
   */
  async run(tasks, step, signal) {
    const useful = Math.max(1, Math.floor(tasks.length / STEPS_EACH));
    const wanted = this.#disposed ? 1 : Math.min(this.#size, useful); // the first session refuses what comes too late
    let next = 0;
    const work = async (/** @type {Session} */ session, /** @type {AbortSignal | undefined} */ signal) => {
      while (next < tasks.length) {
        const task = tasks[next++];
        await session.run((connection) => step(connection, task), signal);
      }
    };
    if (wanted === 1) return work(this.#first, signal);
    const sessions = this.#gather(wanted);
    await together(
      signal ?? new AbortController().signal,
      sessions.map((session) => (signal) => work(session, signal)),
    );
  }

  #gather(/** @type {number} */ count) {
    // An index of one model must not be filled by another: the helpers accept the first one's only.
    const recipe = { ...this.#recipe, identity: this.#first.facts.identity };
    while (this.#helpers.length < count - 1) this.#helpers.push(new Session(recipe));
    return [this.#first, ...this.#helpers.slice(0, count - 1)];
  }

  /** Ends all workers. */
  dispose() {
    this.#disposed = true;
    for (const session of [this.#first, ...this.#helpers]) session.dispose();
  }
}
