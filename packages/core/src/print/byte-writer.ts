import type { StringOffset, Strings } from '../btf/index.js';

/** Takes output as it is made. The chunk's memory is used again after the call: copy what is to be kept. */
export type Sink = (chunk: Uint8Array) => void;

/** Longest constant that `constant` takes, and more than any number needs. */
const ROOM = 64;
const CAPACITY = 1 << 16;
const LIMIT = CAPACITY - ROOM;

const encoder = new TextEncoder();

/** Output as bytes, no strings in between: names are copied from the string section, numbers made by hand. */
export class ByteWriter {
  private readonly sink: Sink;
  private readonly bytes = new Uint8Array(CAPACITY);
  private at = 0;

  constructor(sink: Sink) {
    this.sink = sink;
  }

  flush(): void {
    if (this.at > 0) this.sink(this.bytes.subarray(0, this.at));
    this.at = 0;
  }

  byte(byte: number): void {
    if (this.at > LIMIT) this.flush();
    this.bytes[this.at++] = byte;
  }

  /** At most 64 bytes. */
  constant(text: Uint8Array): void {
    if (this.at > LIMIT) this.flush();
    const { bytes } = this;
    const at = this.at;
    for (let i = 0; i < text.length; i++) bytes[at + i] = text[i]!;
    this.at = at + text.length;
  }

  /** Any number of bytes. */
  text(text: Uint8Array): void {
    for (const byte of text) this.byte(byte);
  }

  /** An unsigned 32-bit number in decimal. */
  uint(value: number): void {
    if (this.at > LIMIT) this.flush();
    const { bytes } = this;
    let end = this.at + digitsOf(value);
    this.at = end;
    let rest = value >>> 0;
    while (rest >= 10) {
      const tenth = (rest / 10) >>> 0;
      bytes[--end] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    bytes[--end] = 48 + rest;
  }

  /** A signed 32-bit number in decimal. */
  int(value: number): void {
    if (value < 0) this.byte(45);
    this.uint(Math.abs(value));
  }

  /** A 64-bit number in decimal, given as two words. */
  long(low: number, high: number, signed: boolean): void {
    if (high === 0) {
      this.uint(low);
      return;
    }
    const value = (BigInt(high) << 32n) | BigInt(low);
    this.constant(encoder.encode(String(signed ? BigInt.asIntN(64, value) : value)));
  }

  /** The bytes of a name as they are, up to its NUL. */
  name(strings: Strings, offset: StringOffset): void {
    const layer = strings.layer(offset);
    this.cString(layer.bytes, offset - layer.start);
  }

  /** What stands in `source` from `start` on, up to a NUL. */
  cString(source: Uint8Array, start: number): void {
    const { bytes } = this;
    let from = start;
    let at = this.at;
    for (;;) {
      const byte = source[from++]!;
      if (byte === 0) break;
      if (at === CAPACITY) {
        this.at = at;
        this.flush();
        at = 0;
      }
      bytes[at++] = byte;
    }
    this.at = at;
  }

  /** As `name`, with what JSON needs escaped (bpftool's json_writer.c: other control bytes stay). */
  escapedName(strings: Strings, offset: StringOffset): void {
    const layer = strings.layer(offset);
    const source = layer.bytes;
    for (let from = offset - layer.start; ; from++) {
      const byte = source[from]!;
      if (byte === 0) return;
      if (this.at > LIMIT) this.flush();
      const escaped = ESCAPES[byte]!;
      if (escaped !== 0) this.bytes[this.at++] = 92;
      this.bytes[this.at++] = escaped === 0 ? byte : escaped;
    }
  }
}

/** What follows the backslash, by byte; 0 where none is needed. */
const ESCAPES = new Uint8Array(256);
for (const [plain, escaped] of ['\tt', '\nn', '\rr', '\ff', '\bb', '\\\\', '""']) {
  ESCAPES[plain!.charCodeAt(0)] = escaped!.charCodeAt(0);
}

function digitsOf(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1000) return 3;
  if (value < 10_000) return 4;
  if (value < 100_000) return 5;
  if (value < 1_000_000) return 6;
  if (value < 10_000_000) return 7;
  if (value < 100_000_000) return 8;
  return value < 1_000_000_000 ? 9 : 10;
}
