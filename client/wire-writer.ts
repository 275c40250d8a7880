const FIRST_BYTES = 64 * 1024;
/** A message's length is written after the message, into four bytes that were left free: a varint may be padded. */
const LENGTH_BYTES = 4;
const NUMBER_BYTES_MAX = 10;
/** Texts up to here need one byte for their length, whatever they are made of. */
const SHORT_MAX = 42;

/** Writes protobuf's wire format from front to back into memory that it keeps, and so leaves nothing to collect. */
export class WireWriter {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;

  /** Begins anew. */
  reset(): void {
    this.#at = 0;
  }

  /** A copy of what was written. */
  bytes(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#at));
  }

  /** A whole number that is not negative. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`expected a whole number, not ${value}`);
    this.#reserve(NUMBER_BYTES_MAX);
    this.#varint(value);
  }

  text(value: string): void {
    if (typeof value !== 'string') throw new TypeError(`expected a text, not ${typeof value}`);
    const { length } = value;
    this.#reserve(NUMBER_BYTES_MAX + 3 * length);
    if (length > SHORT_MAX) {
      this.#varint(Buffer.byteLength(value));
      this.#wellFormed(value, this.#at);
      return;
    }
    const lengthAt = this.#at;
    const start = lengthAt + 1;
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        this.#wellFormed(value, start);
        this.#buffer[lengthAt] = this.#at - start;
        return;
      }
      this.#buffer[start + index] = code;
    }
    this.#buffer[lengthAt] = length;
    this.#at = start + length;
  }

  /** Begins a message within the message; answers what `end` is to be told. */
  begin(): number {
    this.#reserve(LENGTH_BYTES);
    this.#at += LENGTH_BYTES;
    return this.#at;
  }

  end(start: number): void {
    const length = this.#at - start;
    this.#buffer[start - 4] = (length & 0x7f) | 0x80;
    this.#buffer[start - 3] = ((length >>> 7) & 0x7f) | 0x80;
    this.#buffer[start - 2] = ((length >>> 14) & 0x7f) | 0x80;
    this.#buffer[start - 1] = (length >>> 21) & 0x7f;
  }

  #wellFormed(value: string, start: number): void {
    if (hasLoneSurrogate(value)) throw new TypeError('expected a text without unpaired surrogates');
    this.#at = start + this.#buffer.write(value, start);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#buffer[this.#at] = (rest % 0x80) | 0x80;
      this.#at += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#at] = rest;
    this.#at += 1;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

function hasLoneSurrogate(value: string): boolean {
  return /\p{Surrogate}/u.test(value);
}
