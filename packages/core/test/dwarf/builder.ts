import { Form, UnitType } from '@btfkit/core/dwarf';
import { buildElf, symbolBytes } from '../elf/build-elf.mjs';
import { Bytes } from './bytes.js';

/** An attribute's value, as its form wants it: a number, a text, the bytes of a block, a DIE that is referred to. */
export type Value = number | bigint | string | Uint8Array | Die | Indirect;
/** Of DW_FORM_indirect: the form that stands before the value. */
export interface Indirect {
  readonly form: number;
  readonly value: Value;
}
export type Attribute = readonly [attribute: number, form: number, value?: Value];

/** A DIE to be assembled. Attributes and children may be added later: cycles are made so. */
export class Die {
  readonly tag: number;
  readonly attributes: Attribute[];
  readonly children: Die[];
  /** Offset from the header of its unit, and of that header in the section; known once assembled. */
  offset = -1;
  unitStart = -1;

  constructor(tag: number, attributes: readonly Attribute[] = [], children: readonly Die[] = []) {
    this.tag = tag;
    this.attributes = [...attributes];
    this.children = [...children];
  }

  /** This DIE, with one attribute more. */
  with(...attribute: Attribute): this {
    this.attributes.push(attribute);
    return this;
  }

  /** This DIE, with the first attribute of that code taken away. */
  without(attribute: number): this {
    const at = this.attributes.findIndex(([code]) => code === attribute);
    if (at < 0) throw new Error('no such attribute');
    this.attributes.splice(at, 1);
    return this;
  }
}

export interface UnitSpec {
  readonly die: Die;
  readonly version?: number | undefined;
  readonly dwarf64?: boolean | undefined;
  /** DW_UT_*, for DWARF 5; a type unit also has a signature and the type it is of. */
  readonly type?: number;
  readonly signature?: bigint;
  readonly typeDie?: Die;
  /** Said in place of the true length. */
  readonly length?: number;
}

export interface FileSpec {
  readonly units: readonly UnitSpec[];
  readonly little?: boolean | undefined;
  /** The ELF class, and with it the size of an address. */
  readonly is64?: boolean | undefined;
  /** Names of functions that have a symbol. */
  readonly functions?: readonly string[];
  /** Replaces the content of sections, by name. */
  readonly sections?: Readonly<Record<string, Uint8Array>>;
}

interface Fixup {
  readonly at: number;
  readonly size: number;
  readonly target: Die;
  /** Does the offset count from the section (or from the unit)? */
  readonly fromSection: boolean;
}

/** Assembles `.debug_info`, `.debug_abbrev` and the string sections, and puts them into an ET_EXEC file. */
export function buildDwarf({
  units,
  little = true,
  is64 = true,
  functions = [],
  sections = {},
}: FileSpec): Uint8Array {
  const assembler = new Assembler(little, is64 ? 8 : 4);
  for (const unit of units) assembler.unit(unit);
  const contents: Record<string, Uint8Array> = { ...assembler.sections(), ...sections };
  const list: object[] = Object.entries(contents).map(([name, content]) => ({ name, content }));
  const strings = new Bytes(little).int(0, 1);
  const symbols = functions.map(name => {
    const symbol = { name: strings.length, info: 2, shndx: 0xfff1 };
    strings.text(name);
    return symbol;
  });
  const format = { is64, little };
  list.push({ name: '.strtab', type: 3, content: strings.done() });
  list.push({
    name: '.symtab',
    type: 2,
    link: list.length,
    entsize: is64 ? 24 : 16,
    content: symbolBytes(symbols, format),
  });
  return buildElf({ ...format, type: 2, sections: list as [] });
}

class Assembler {
  private readonly info: Bytes;
  private readonly abbrev: Bytes;
  private readonly str: Bytes;
  private readonly lineStr: Bytes;
  private readonly indexed: string[] = [];
  private readonly little: boolean;
  private readonly addressSize: number;
  private readonly fixups: Fixup[] = [];
  private codes = new Map<string, number>();
  private offsetSize = 4;
  private version = 5;
  private start = 0;

  constructor(little: boolean, addressSize: number) {
    this.little = little;
    this.addressSize = addressSize;
    this.info = new Bytes(little);
    this.abbrev = new Bytes(little);
    // Offset 0 is a name as any other.
    this.str = new Bytes(little);
    this.lineStr = new Bytes(little);
  }

  unit({
    die,
    version = 5,
    dwarf64 = false,
    type = UnitType.compile,
    signature,
    typeDie,
    length,
  }: UnitSpec): void {
    const { info, abbrev } = this;
    this.offsetSize = dwarf64 ? 8 : 4;
    this.version = version;
    this.start = info.length;
    this.codes = new Map();
    if (dwarf64) info.int(0xffffffff, 4);
    const lengthAt = info.length;
    info.int(0, this.offsetSize).int(version, 2);
    if (version >= 5) info.int(type, 1).int(this.addressSize, 1).int(abbrev.length, this.offsetSize);
    else info.int(abbrev.length, this.offsetSize).int(this.addressSize, 1);
    if (signature !== undefined) {
      info.int(signature, 8);
      this.fixups.push({ at: info.length, size: this.offsetSize, target: typeDie!, fromSection: false });
      info.int(0, this.offsetSize);
    }
    this.tree(die);
    abbrev.int(0, 1);
    info.patch(lengthAt, length ?? info.length - lengthAt - this.offsetSize, this.offsetSize);
  }

  sections(): Record<string, Uint8Array> {
    for (const { at, size, target, fromSection } of this.fixups) {
      this.info.patch(at, target.offset + (fromSection ? target.unitStart : 0), size);
    }
    const { length } = this.indexed;
    const offsets = new Bytes(this.little);
    if (this.offsetSize === 8) offsets.int(0xffffffff, 4);
    offsets
      .int(4 + length * this.offsetSize, this.offsetSize)
      .int(5, 2)
      .int(0, 2);
    for (const text of this.indexed) offsets.int(this.textIn(this.str, text), this.offsetSize);
    return {
      '.debug_info': this.info.done(),
      '.debug_abbrev': this.abbrev.done(),
      '.debug_str': this.str.done(),
      '.debug_line_str': this.lineStr.done(),
      '.debug_str_offsets': offsets.done(),
    };
  }

  /** A DIE and all below it. Not recursive: nests as deep as a test wants. */
  private tree(root: Die): void {
    const open = [{ children: [root], next: 0 }];
    for (let list = open.at(-1); list !== undefined; list = open.at(-1)) {
      const die = list.children[list.next++];
      if (die === undefined) {
        open.pop();
        // The list that holds the root alone is no list of the file.
        if (open.length > 0) this.info.int(0, 1);
        continue;
      }
      die.offset = this.info.length - this.start;
      die.unitStart = this.start;
      this.info.uleb(this.code(die));
      for (const [, form, value] of die.attributes)
        if (form !== Form.implicit_const) this.value(form, value ?? 0);
      if (die.children.length > 0) open.push({ children: die.children, next: 0 });
    }
  }

  private code({ tag, attributes, children }: Die): number {
    const constant = ([, form, value]: Attribute) => (form === Form.implicit_const ? `=${value}` : '');
    const key = [
      tag,
      children.length > 0,
      ...attributes.map(one => `${one[0]}:${one[1]}${constant(one)}`),
    ].join();
    const known = this.codes.get(key);
    if (known !== undefined) return known;
    const code = this.codes.size + 1;
    this.codes.set(key, code);
    this.abbrev
      .uleb(code)
      .uleb(tag)
      .int(children.length > 0 ? 1 : 0, 1);
    for (const [attribute, form, value] of attributes) {
      this.abbrev.uleb(attribute).uleb(form);
      if (form === Form.implicit_const) this.abbrev.sleb(value as number);
    }
    this.abbrev.int(0, 2);
    return code;
  }

  private value(form: number, value: Value): void {
    const { info } = this;
    if (typeof value === 'object' && 'form' in value) {
      info.uleb(value.form);
      this.value(value.form, value.value);
    } else if (value instanceof Die) this.reference(form, value);
    else if (typeof value === 'string') this.text(form, value);
    else if (value instanceof Uint8Array) this.block(form, value);
    else this.number(form, value);
  }

  private number(form: number, value: number | bigint): void {
    const { info } = this;
    const size = SIZES.get(form);
    if (size !== undefined) info.int(value, size);
    else if (form === Form.sdata) info.sleb(value);
    else if (LEBS.has(form)) info.uleb(value);
    else if (form === Form.addr) info.int(value, this.addressSize);
    else if (form === Form.ref_addr) info.int(value, this.referenceSize());
    else if (form !== Form.flag_present) info.int(value, this.offsetSize);
  }

  private referenceSize(): number {
    return this.version <= 2 ? this.addressSize : this.offsetSize;
  }

  private reference(form: number, target: Die): void {
    const fromSection = form === Form.ref_addr;
    if (form === Form.ref_udata) {
      // Its length must not depend on where the target will be.
      if (target.offset < 0) throw new Error('DW_FORM_ref_udata leads back only');
      this.info.uleb(target.offset);
      return;
    }
    const size = fromSection ? this.referenceSize() : (SIZES.get(form) ?? this.offsetSize);
    this.fixups.push({ at: this.info.length, size, target, fromSection });
    this.info.int(0, size);
  }

  private text(form: number, text: string): void {
    const index = STRING_INDICES.get(form);
    if (form === Form.string) this.info.text(text);
    else if (form === Form.line_strp) this.info.int(this.textIn(this.lineStr, text), this.offsetSize);
    else if (index === undefined) this.info.int(this.textIn(this.str, text), this.offsetSize);
    else {
      this.indexed.push(text);
      if (index === 0) this.info.uleb(this.indexed.length - 1);
      else this.info.int(this.indexed.length - 1, index);
    }
  }

  private textIn(table: Bytes, text: string): number {
    const at = table.length;
    table.text(text);
    return at;
  }

  private block(form: number, content: Uint8Array): void {
    const { info } = this;
    const size = BLOCKS.get(form);
    if (size === undefined) info.raw(content);
    else if (size === 0) info.uleb(content.length).raw(content);
    else info.int(content.length, size).raw(content);
  }
}

const SIZES = new Map<number, number>([
  [Form.data1, 1],
  [Form.data2, 2],
  [Form.data4, 4],
  [Form.data8, 8],
  [Form.data16, 16],
  [Form.flag, 1],
  [Form.ref1, 1],
  [Form.ref2, 2],
  [Form.ref4, 4],
  [Form.ref8, 8],
  [Form.ref_sig8, 8],
  [Form.ref_sup4, 4],
  [Form.ref_sup8, 8],
  [Form.strx1, 1],
  [Form.strx2, 2],
  [Form.strx3, 3],
  [Form.strx4, 4],
  [Form.addrx1, 1],
  [Form.addrx2, 2],
  [Form.addrx3, 3],
  [Form.addrx4, 4],
]);
const LEBS = new Set<number>([
  Form.udata,
  Form.ref_udata,
  Form.strx,
  Form.addrx,
  Form.loclistx,
  Form.rnglistx,
  Form.GNU_addr_index,
  Form.GNU_str_index,
]);
/** Size of a string's index, 0 for LEB128. */
const STRING_INDICES = new Map<number, number>([
  [Form.strx, 0],
  [Form.GNU_str_index, 0],
  [Form.strx1, 1],
  [Form.strx2, 2],
  [Form.strx3, 3],
  [Form.strx4, 4],
]);
/** Size of a block's length, 0 for LEB128. */
const BLOCKS = new Map<number, number>([
  [Form.block, 0],
  [Form.exprloc, 0],
  [Form.block1, 1],
  [Form.block2, 2],
  [Form.block4, 4],
]);
