import { type DieReader, Locations, Op } from '../../dwarf/index.js';

/** Longer expressions do not come from parameters. */
const MAX_OPERATORS = 256;
/** Bytes behind an operator, or one of these. */
const LEB = -1;
const TWO_LEBS = -2;
const BLOCK = -3;
const OFFSET = -4;
const OFFSET_LEB = -5;
const TYPED = -6;
const BYTE_LEB = -7;
const ADDRESS = -8;
const UNKNOWN = -9;

/** Operands by operator (DWARF 5, section 7.7.1; GCC's extensions). */
const OPERANDS = new Int8Array(256).fill(UNKNOWN);
const set = (operands: number, ...operators: number[]) => {
  for (const operator of operators) OPERANDS[operator] = operands;
};
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
set(0, 0x06, ...range(0x12, 0x14), ...range(0x16, 0x22), ...range(0x24, 0x27), ...range(0x29, 0x2e));
set(0, ...range(0x30, 0x6f), 0x96, 0x97, 0x9b, 0x9c, 0x9f, 0xe0, 0xf0);
set(1, 0x08, 0x09, 0x15, 0x94, 0x95);
set(2, 0x0a, 0x0b, 0x28, 0x2f, 0x98);
set(4, 0x0c, 0x0d, 0x99, 0xfa);
set(8, 0x0e, 0x0f);
set(LEB, 0x10, 0x11, 0x23, ...range(0x70, 0x91), 0x93, 0xa1, 0xa2, 0xa8, 0xa9, 0xf7, 0xf9, 0xfb, 0xfc);
set(TWO_LEBS, 0x92, 0x9d, 0xa5, 0xf5);
set(BLOCK, 0x9e, 0xa3, 0xf3);
set(OFFSET, 0x9a, 0xfd);
set(OFFSET_LEB, 0xa0, 0xf2);
set(TYPED, 0xa4, 0xf4);
set(BYTE_LEB, 0xa6, 0xa7, 0xf6);
set(ADDRESS, 0x03);

const isRegister = (op: number) => op >= Op.reg0 && op < Op.breg0;
const isBased = (op: number) => op >= Op.breg0 && op < Op.fbreg - 1;
const isConstant = (op: number) => (op >= Op.lit0 && op < Op.reg0) || op === Op.constu || op === Op.consts;

/**
 * Where a parameter is when its function begins, as far as DW_AT_location tells: what pahole's
 * parameter__decode_location (dwarf_loader.c) makes of it. `read`, then look at the fields.
 */
export class ParameterLocation {
  /** DWARF register of a parameter that fits a register, and of one that takes several; -1 for none. */
  register = -1;
  wideRegister = -1;
  /** At its first address it is in the frame, or has no place but a value. */
  inFrame = false;
  constant = false;
  /** Bit n: byte n of the first (of the second) register is in a place of its own. For parameters of several registers. */
  firstFields = 0;
  secondFields = 0;
  private readonly locations: Locations;
  private readonly reader: DieReader;
  private readonly operators = new Uint8Array(MAX_OPERATORS);
  private readonly operands = new Int32Array(MAX_OPERATORS);

  constructor(reader: DieReader) {
    this.reader = reader;
    this.locations = new Locations(reader);
  }

  /** See Locations. */
  enter(shape: number, at: number): void {
    this.locations.enter(shape, at);
  }

  /** `fields`: are first and second fields wanted? They take the whole list. */
  read(shape: number, at: number, fields: boolean): void {
    this.register = -1;
    this.wideRegister = -1;
    this.inFrame = false;
    this.constant = false;
    this.firstFields = 0;
    this.secondFields = 0;
    const { locations } = this;
    locations.open(shape, at);
    for (let first = true; locations.next(); first = false) {
      if (locations.length === 0) continue;
      const count = this.decode();
      if (count < 0) return;
      this.expression(count, first);
      if (this.register >= 0 && this.wideRegister >= 0 && !fields) return;
    }
  }

  private expression(count: number, first: boolean): void {
    const { operators } = this;
    const isValue = operators[count - 1] === Op.stack_value;
    if (count !== 1 && !(count === 2 && isValue)) {
      this.several(count, first);
      return;
    }
    const op = operators[0]!;
    if (op === Op.entry_value || op === Op.GNU_entry_value) this.note(this.operands[0]!);
    if (!first) return;
    if (isRegister(op)) this.note(op - Op.reg0);
    else if (isBased(op) && isValue) this.note(op - Op.breg0);
    else if (op === Op.fbreg) this.inFrame = true;
    else if (isConstant(op)) this.constant = true;
  }

  /** parameter__multi_exprs. */
  private several(count: number, first: boolean): void {
    const { operators, operands } = this;
    const op = operators[0]!;
    if (isConstant(op)) {
      if (first) this.constant = true;
      return;
    }
    if (first && this.register < 0) {
      if (isRegister(op)) this.register = op - Op.reg0;
      else if (isBased(op) && operators.subarray(1, count).includes(Op.stack_value))
        this.register = op - Op.breg0;
    }
    const { addressSize } = this.reader.unit!;
    let offset = 0;
    for (let i = 0; i < count; i++) {
      if (operators[i] === Op.piece) {
        if (i > 0) {
          if (offset < addressSize) this.firstFields |= bit(offset);
          else this.secondFields |= bit(offset - addressSize);
        }
        offset += operands[i]!;
      } else if (isRegister(operators[i]!) && this.wideRegister < 0)
        this.wideRegister = operators[i]! - Op.reg0;
    }
  }

  private note(register: number): void {
    if (this.register < 0) this.register = register;
    if (this.wideRegister < 0) this.wideRegister = register;
  }

  /** Operators of the expression at hand into `operators`; how many, or -1 for one that is malformed. */
  private decode(): number {
    const { bytes, length } = this.locations;
    let { at } = this.locations;
    const end = at + length;
    let count = 0;
    while (at < end) {
      if (count === MAX_OPERATORS) return -1;
      const op = bytes[at++]!;
      this.operators[count] = op;
      this.operands[count] = 0;
      const operands = OPERANDS[op]!;
      if (operands >= 0) at += operands;
      else {
        if (op === Op.piece) this.operands[count] = leb(bytes, at);
        else if (operands === BLOCK) this.operands[count] = registerIn(bytes, at);
        at = this.behind(operands, bytes, at);
        if (at < 0) return -1;
      }
      count++;
    }
    return at === end ? count : -1;
  }

  private behind(operands: number, bytes: Uint8Array, at: number): number {
    const { offsetSize, addressSize } = this.reader.unit!;
    switch (operands) {
      case LEB:
        return afterLeb(bytes, at);
      case TWO_LEBS:
        return afterLeb(bytes, afterLeb(bytes, at));
      case BLOCK:
        return afterLeb(bytes, at) + leb(bytes, at);
      case OFFSET:
        return at + offsetSize;
      case OFFSET_LEB:
        return afterLeb(bytes, at + offsetSize);
      case TYPED:
        at = afterLeb(bytes, at);
        return at + 1 + bytes[at]!;
      case BYTE_LEB:
        return afterLeb(bytes, at + 1);
      case ADDRESS:
        return at + addressSize;
      default:
        return -1;
    }
  }
}

/** The register that a block of one operator names, or -1. */
function registerIn(bytes: Uint8Array, at: number): number {
  return bytes[at] === 1 && isRegister(bytes[at + 1]!) ? bytes[at + 1]! - Op.reg0 : -1;
}

function bit(offset: number): number {
  return offset >= 0 && offset < 32 ? 1 << offset : 0;
}

function leb(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * 2 ** shift;
    if (!(byte >= 0x80)) break;
  }
  return value;
}

function afterLeb(bytes: Uint8Array, at: number): number {
  while (bytes[at++]! >= 0x80);
  return at;
}
