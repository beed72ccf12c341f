// How long a download will take, from how fast it was.

/** Before so long nothing can be said: connections start slowly. */
const SETTLED_MS = 1000;

export class TimeLeft {
  /** @type {{ loaded: number, at: number } | null} */
  #start = null;
  #last = 0;

  /**
   * Seconds, rounded up; null while it is too early to say, or all is there. `now` is in milliseconds. Fewer bytes than
   * before begin a new download.
   */
  after(/** @type {number} */ loaded, /** @type {number} */ total, /** @type {number} */ now) {
    if (this.#start === null || loaded < this.#last) this.#start = { loaded, at: now };
    this.#last = loaded;
    const { loaded: before, at } = this.#start;
    if (now - at < SETTLED_MS || loaded === before || loaded >= total) return null;
    return Math.ceil(((total - loaded) / (loaded - before)) * ((now - at) / 1000));
  }
}
