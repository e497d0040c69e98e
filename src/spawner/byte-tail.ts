/** The last bytes of a stream, in a ring that grows to its size and no further, whatever passes through. */
export class ByteTail {
  readonly #most: number;
  #ring: Buffer = Buffer.alloc(0);
  /** Where the next byte goes once the ring is full; before that, how much it holds. */
  #next = 0;
  #isFull = false;

  constructor(most: number) {
    this.#most = most;
  }

  take(data: Buffer): void {
    let rest = data.subarray(Math.max(0, data.length - this.#most));
    if (!this.#isFull && this.#next + rest.length > this.#ring.length) this.#grow(this.#next + rest.length);
    while (rest.length > 0) {
      const part = rest.subarray(0, this.#ring.length - this.#next);
      part.copy(this.#ring, this.#next);
      this.#next += part.length;
      rest = rest.subarray(part.length);
      if (this.#next < this.#most) continue;
      this.#next = 0;
      this.#isFull = true;
    }
  }

  /** In their order, without the end of a character whose beginning is gone. */
  bytes(): Buffer {
    if (!this.#isFull) return this.#ring.subarray(0, this.#next);
    const bytes = Buffer.concat([this.#ring.subarray(this.#next), this.#ring.subarray(0, this.#next)]);
    let start = 0;
    while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
    return bytes.subarray(start);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#most, Math.max(needed, this.#ring.length * 2, 1024)));
    this.#ring.copy(larger, 0, 0, this.#next);
    this.#ring = larger;
  }
}
