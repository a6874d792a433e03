import type { StringOffset, Strings } from '../btf/index.js';
import type { ByteWriter } from './byte-writer.js';
import { type Field, type Format, field, type Word } from './format.js';

const encoder = new TextEncoder();
const HEAD = encoder.encode('{"types":[');
const TAIL = encoder.encode(']}\n');
const ANONYMOUS = encoder.encode('"(anon)"');
const ID = field('id').json;
const KIND = field('kind').json;
const NAME = field('name').json;
const QUOTE = 34;
const COMMA = 44;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** `bpftool -j btf dump …`. */
export class JsonFormat implements Format {
  private readonly out: ByteWriter;
  /** Nothing has been written yet inside the innermost brackets. */
  private fresh = true;

  constructor(out: ByteWriter) {
    this.out = out;
  }

  begin(): void {
    this.out.constant(HEAD);
  }

  end(): void {
    this.out.constant(TAIL);
    this.out.flush();
  }

  openType(id: number, kind: Word, strings: Strings, name: StringOffset): void {
    this.openItem();
    this.key(ID);
    this.out.uint(id);
    this.key(KIND);
    this.out.constant(kind.quoted);
    this.name(strings, name);
  }

  closeType(): void {
    this.closeItem();
  }

  uint(field: Field, value: number): void {
    this.key(field.json);
    this.out.uint(value);
  }

  int(field: Field, value: number): void {
    this.key(field.json);
    this.out.int(value);
  }

  word(field: Field, value: Word): void {
    this.key(field.json);
    this.out.constant(value.quoted);
  }

  openList(field: Field): void {
    this.key(field.json);
    this.out.byte(OPEN_LIST);
    this.fresh = true;
  }

  closeList(): void {
    this.out.byte(CLOSE_LIST);
    this.fresh = false;
  }

  openItem(): void {
    this.comma();
    this.out.byte(OPEN_OBJECT);
    this.fresh = true;
  }

  openNamedItem(strings: Strings, name: StringOffset): void {
    this.openItem();
    this.name(strings, name);
  }

  closeItem(): void {
    this.out.byte(CLOSE_OBJECT);
    this.fresh = false;
  }

  linkageOfVar(field: Field, value: Word): void {
    this.word(field, value);
  }

  /** bpftool hands the signed 32-bit field to a 64-bit unsigned one: 0xffffffff comes out as 2^64 - 1. */
  enumValue(field: Field, value: number, signed: boolean): void {
    this.key(field.json);
    this.out.long(value, value > 0x7fffffff ? 0xffffffff : 0, signed);
  }

  enum64Value(field: Field, low: number, high: number, signed: boolean): void {
    this.key(field.json);
    this.out.long(low, high, signed);
  }

  variable(): void {}

  private comma(): void {
    if (!this.fresh) this.out.byte(COMMA);
    this.fresh = false;
  }

  private key(key: Uint8Array): void {
    this.comma();
    this.out.constant(key);
  }

  private name(strings: Strings, name: StringOffset): void {
    this.key(NAME);
    if (name === 0) {
      this.out.constant(ANONYMOUS);
      return;
    }
    this.out.byte(QUOTE);
    this.out.escapedName(strings, name);
    this.out.byte(QUOTE);
  }
}
