import type { StringOffset, Strings } from '../btf/index.js';
import type { ByteWriter } from './byte-writer.js';
import type { Field, Format, Word } from './format.js';

const encoder = new TextEncoder();
const ANONYMOUS = encoder.encode("'(anon)'");
const ITEM = encoder.encode('\n\t');
const COMMA = encoder.encode(',');
const SIGNED_SUFFIX = encoder.encode('LL');
const UNSIGNED_SUFFIX = encoder.encode('ULL');
const VARIABLE = encoder.encode(' (');
const NEWLINE = 10;
const SPACE = 32;
const QUOTE = 39;
const RIGHT_PAREN = 41;
const LEFT_BRACKET = 91;
const RIGHT_BRACKET = 93;

/** `bpftool btf dump … format raw`. */
export class TextFormat implements Format {
  private readonly out: ByteWriter;

  constructor(out: ByteWriter) {
    this.out = out;
  }

  begin(): void {}

  end(): void {
    this.out.flush();
  }

  openType(id: number, kind: Word, strings: Strings, name: StringOffset): void {
    const { out } = this;
    out.byte(LEFT_BRACKET);
    out.uint(id);
    out.byte(RIGHT_BRACKET);
    out.byte(SPACE);
    out.constant(kind.plain);
    out.byte(SPACE);
    this.quoted(strings, name);
  }

  closeType(): void {
    this.out.byte(NEWLINE);
  }

  uint(field: Field, value: number): void {
    this.out.constant(field.text);
    this.out.uint(value);
  }

  int(field: Field, value: number): void {
    this.out.constant(field.text);
    this.out.int(value);
  }

  word(field: Field, value: Word): void {
    this.out.constant(field.text);
    this.out.constant(value.plain);
  }

  openList(): void {}

  closeList(): void {}

  openItem(): void {
    this.out.constant(ITEM);
  }

  openNamedItem(strings: Strings, name: StringOffset): void {
    this.out.constant(ITEM);
    this.quoted(strings, name);
  }

  closeItem(): void {}

  linkageOfVar(field: Field, value: Word): void {
    this.out.constant(COMMA);
    this.word(field, value);
  }

  enumValue(field: Field, value: number, signed: boolean): void {
    if (signed) this.int(field, value | 0);
    else this.uint(field, value);
  }

  enum64Value(field: Field, low: number, high: number, signed: boolean): void {
    this.out.constant(field.text);
    this.out.long(low, high, signed);
    this.out.constant(signed ? SIGNED_SUFFIX : UNSIGNED_SUFFIX);
  }

  variable(kind: Word, strings: Strings, name: StringOffset): void {
    const { out } = this;
    out.constant(VARIABLE);
    out.constant(kind.plain);
    out.byte(SPACE);
    this.quoted(strings, name);
    out.byte(RIGHT_PAREN);
  }

  private quoted(strings: Strings, name: StringOffset): void {
    const { out } = this;
    if (name === 0) {
      out.constant(ANONYMOUS);
      return;
    }
    out.byte(QUOTE);
    out.name(strings, name);
    out.byte(QUOTE);
  }
}
