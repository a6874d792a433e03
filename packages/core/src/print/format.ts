import type { StringOffset, Strings } from '../btf/index.js';

const encoder = new TextEncoder();

/** A word that is printed as it stands, in the forms that the formats need. */
export interface Word {
  readonly plain: Uint8Array;
  readonly quoted: Uint8Array;
}

/** A field's name, with what leads to its value. */
export interface Field {
  readonly text: Uint8Array;
  readonly json: Uint8Array;
}

export function word(plain: string): Word {
  return { plain: encoder.encode(plain), quoted: encoder.encode(JSON.stringify(plain)) };
}

/** `before`: what stands before the name in text, a space unless the field is the first of its line. */
export function field(name: string, before = ' '): Field {
  return { text: encoder.encode(`${before}${name}=`), json: encoder.encode(`"${name}":`) };
}

/**
 * What a dump is written in. The walk over a type (dump.ts) says what there is, in bpftool's order of fields;
 * a format says how it looks.
 */
export interface Format {
  begin(): void;
  end(): void;

  openType(id: number, kind: Word, strings: Strings, name: StringOffset): void;
  closeType(): void;

  uint(field: Field, value: number): void;
  int(field: Field, value: number): void;
  word(field: Field, value: Word): void;

  openList(field: Field): void;
  closeList(): void;
  openItem(): void;
  openNamedItem(strings: Strings, name: StringOffset): void;
  closeItem(): void;

  /** VAR's linkage follows a comma in text, and only there. */
  linkageOfVar(field: Field, value: Word): void;
  /** An ENUM's value as the word that it is stored in. */
  enumValue(field: Field, value: number, signed: boolean): void;
  enum64Value(field: Field, low: number, high: number, signed: boolean): void;
  /** The variable that an entry of a DATASEC speaks of: text only. */
  variable(kind: Word, strings: Strings, name: StringOffset): void;
}
