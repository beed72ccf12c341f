// Searching as someone types: at every key that finds no search under way, and for the latest words after one that did.

/** @typedef {import("../yaksearch.js").Answer} Answer */

export class LiveSearch {
  #search;
  #show;
  #fail;
  /** @type {AbortController | null} */
  #running = null;
  /** What was typed while a search was under way. @type {string | null} */
  #next = null;

  /**
   * @param {(query: string, signal: AbortSignal) => Promise<Answer>} search
   * @param {(answer: Answer, milliseconds: number, query: string) => void} show
   * @param {(error: unknown) => void} fail
   */
  constructor(search, show, fail) {
    this.#search = search;
    this.#show = show;
    this.#fail = fail;
  }

  /** Searches for `query` when the search under way, whose answer is shown too, has ended; only for the last of several. */
  soon(/** @type {string} */ query) {
    if (this.#running === null) this.now(query);
    else this.#next = query;
  }

  /** Searches for `query` in place of what is under way. */
  async now(/** @type {string} */ query) {
    this.stop();
    const running = new AbortController();
    this.#running = running;
    const start = performance.now();
    try {
      const answer = await this.#search(query, running.signal);
      if (this.#running === running) this.#show(answer, performance.now() - start, query);
    } catch (error) {
      if (this.#running === running) this.#fail(error);
    }
    if (this.#running !== running) return;
    this.#running = null;
    if (this.#next !== null) this.now(this.#next);
  }

  /** Forgets the search that waits or runs. */
  stop() {
    this.#running?.abort();
    this.#running = null;
    this.#next = null;
  }
}
