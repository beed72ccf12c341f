// SHA-256 (FIPS 180-4) fed piece by piece.
//
// For pages without https, which may not use WebCrypto's.

/** The first 32 bits of the fractional parts of the `root`-th roots of the first `count` primes. */
function fractionsOfRoots(root, count) {
  const words = new Int32Array(count);
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let prime = true;
    for (let factor = 2; factor * factor <= candidate; factor++) if (candidate % factor === 0) prime = false;
    if (prime) words[found++] = Math.floor((candidate ** (1 / root) % 1) * 2 ** 32) | 0;
  }
  return words;
}

const INITIAL = fractionsOfRoots(2, 8);
const ROUND = fractionsOfRoots(3, 64);
const BLOCK = 64;

/** Bytes in lower-case hexadecimal. */
export const hexOf = (/** @type {Uint8Array} */ bytes) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export class Sha256 {
  #state = INITIAL.slice();
  #schedule = new Int32Array(64);
  #pending = new Uint8Array(BLOCK);
  #length = 0;

  /** Takes the next bytes of the message. */
  update(/** @type {Uint8Array} */ bytes) {
    let from = 0;
    const filled = this.#length % BLOCK;
    this.#length += bytes.length;
    if (filled > 0) {
      from = Math.min(BLOCK - filled, bytes.length);
      this.#pending.set(bytes.subarray(0, from), filled);
      if (filled + from < BLOCK) return;
      this.#compress(this.#pending, 0);
    }
    for (; from + BLOCK <= bytes.length; from += BLOCK) this.#compress(bytes, from);
    this.#pending.set(bytes.subarray(from));
  }

  /** The digest in lower-case hexadecimal. The object is used up by it. */
  hex() {
    const bits = this.#length * 8;
    const padding = new Uint8Array(((119 - (this.#length % BLOCK)) % BLOCK) + 9);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(padding.length - 4, bits >>> 0);
    this.update(padding);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #compress(bytes, at) {
    const w = this.#schedule;
    for (let i = 0; i < 16; i++, at += 4) {
      w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    const state = this.#state;
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}
