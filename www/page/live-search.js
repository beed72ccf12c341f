// Searching as someone types: not at every key, and never showing an older answer over a newer one.

/** Long enough that a Korean syllable (three keys) is mostly one search, short enough to feel immediate. */
const PAUSE_MS = 120;

/** @typedef {import("../yaksearch.js").Answer} Answer */

export class LiveSearch {
  #search;
  #show;
  #fail;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {AbortController | null} */
  #running = null;

  /**
   * @param {(query: string, signal: AbortSignal) => Promise<Answer>} search
   * @param {(answer: Answer, milliseconds: number) => void} show
   * @param {(error: unknown) => void} fail
   */
  constructor(search, show, fail) {
    this.#search = search;
    this.#show = show;
    this.#fail = fail;
  }

  /** Searches for `query` once no newer one has come for a moment. */
  soon(/** @type {string} */ query) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(query), PAUSE_MS);
  }

  /** Searches for `query` at once. */
  async now(/** @type {string} */ query) {
    this.stop();
    const running = new AbortController();
    this.#running = running;
    const start = performance.now();
    try {
      const answer = await this.#search(query, running.signal);
      if (this.#running === running) this.#show(answer, performance.now() - start);
    } catch (error) {
      if (this.#running === running) this.#fail(error);
    }
  }

  /** Forgets the search that waits or runs. */
  stop() {
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.#running = null;
  }
}
