/** The section name string table: names are added at its end, so that all offsets into it stay true. */
export class NameTable {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** sh_name of `name`: where it stands already, be it as another's end, or where it is put. */
  offsetOf(name: string): number {
    const wanted = new TextEncoder().encode(`${name}\0`);
    const found = indexOf(this.#bytes, wanted);
    if (found >= 0) return found;
    // The first byte is the empty name, the last one ends the last name.
    const isClosed = this.#bytes.at(-1) === 0;
    const start = this.#bytes.length + (isClosed ? 0 : 1);
    const grown = new Uint8Array(start + wanted.length);
    grown.set(this.#bytes);
    grown.set(wanted, start);
    this.#bytes = grown;
    return start;
  }
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    let length = 1;
    while (length < wanted.length && bytes[at + length] === wanted[length]) length++;
    if (length === wanted.length) return at;
  }
  return -1;
}
