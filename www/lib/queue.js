// Jobs that run one at a time, in the order they were added.

/** @typedef {{ job: () => Promise<any>, resolve: (value: any) => void, reject: (error: unknown) => void }} Entry */

export class Queue {
  /** @type {Entry[]} */
  #waiting = [];
  /** @type {Entry | null} */
  #running = null;
  /** @type {Error | null} */
  #closed = null;

  /**
   * Runs `job` when every earlier one is done. When `signal` aborts, the promise rejects at once with its reason: a
   * waiting job is dropped, and a running one keeps its place until it comes to an end.
   *
   * @template T
   * @param {() => Promise<T>} job
   * @param {AbortSignal} [signal]
   * @returns {Promise<T>}
   */
  add(job, signal) {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw this.#closed;
      signal?.throwIfAborted();
      const entry = { job, resolve, reject };
      const abort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== entry);
        entry.reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort);
      const settled = (/** @type {(value: any) => void} */ settle) => (/** @type {any} */ value) => {
        signal?.removeEventListener("abort", abort);
        settle(value);
      };
      entry.resolve = settled(resolve);
      entry.reject = settled(reject);
      this.#waiting.push(entry);
      if (this.#running === null) this.#next();
    });
  }

  /** Rejects every job that was added so far. */
  fail(/** @type {Error} */ error) {
    const entries = this.#running ? [this.#running, ...this.#waiting] : this.#waiting;
    this.#waiting = [];
    for (const { reject } of entries) reject(error);
  }

  /** Like `fail`, and jobs that are added later are rejected too. */
  close(/** @type {Error} */ error) {
    this.#closed = error;
    this.fail(error);
  }

  async #next() {
    const entry = this.#waiting.shift();
    if (entry === undefined) {
      this.#running = null;
      return;
    }
    this.#running = entry;
    try {
      entry.resolve(await entry.job());
    } catch (error) {
      entry.reject(error);
    }
    this.#next();
  }
}
