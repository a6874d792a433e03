import { Kind, vlenOf } from '../btf/index.js';
import type { Bodies } from './bodies.js';
import type { Declarations } from './declarations.js';
import { DEEPEST, endless } from './sizes.js';
import type { Types } from './types.js';
import { text } from './words.js';

const NOT_WRITTEN = 0;
const WRITING = 1;
const WRITTEN = 2;

/** Pointers and prototypes are walked each time that they are met: those that share can double with each level. */
const MOST_STEPS = 1 << 22;

const END = text(';\n\n');
const TYPEDEF = text('typedef ');
const VA_LIST = text('typedef __builtin_va_list __gnuc_va_list');

/** Types of gcc's own that clang does not have. */
const ALIASES: readonly (readonly [string, Uint8Array])[] = [
  ['__Poly8_t', text('typedef unsigned char __Poly8_t;\n\n')],
  ['__Poly16_t', text('typedef unsigned short __Poly16_t;\n\n')],
  ['__Poly64_t', text('typedef unsigned long long __Poly64_t;\n\n')],
  ['__Poly128_t', text('typedef unsigned __int128 __Poly128_t;\n\n')],
];

/**
 * Top-level definitions, one after the other, with the forward declarations that each needs (libbpf's
 * btf_dump_emit_type). Throws FormatError for types without end.
 */
export class Definitions {
  private readonly declarations: Declarations;
  private readonly bodies: Bodies;
  private readonly types: Types;
  private readonly states: Uint8Array;
  /** Types that were declared ahead of their definition. */
  private readonly declared: Uint8Array;
  private depth = 0;
  /** Types that the definition being made has led to so far. */
  private steps = 0;

  constructor(declarations: Declarations) {
    this.declarations = declarations;
    this.bodies = declarations.bodies;
    this.types = declarations.types;
    this.states = new Uint8Array(this.types.endId);
    this.states[0] = WRITTEN;
    this.declared = new Uint8Array(this.types.endId);
  }

  define(id: number): void {
    this.steps = 0;
    this.write(id, 0);
  }

  isDefined(id: number): boolean {
    return this.states[id] === WRITTEN;
  }

  /** `container`: the struct or typedef whose definition leads here; 0 at the top level. */
  private write(id: number, container: number): void {
    const state = this.states[id];
    if (state === WRITTEN) return;
    if (state === WRITING) {
      this.again(id, container);
      return;
    }
    if (++this.depth > DEEPEST || ++this.steps > MOST_STEPS) throw endless(id);
    this.writeKind(id, container);
    this.depth--;
  }

  /** What is being defined leads back to itself, through a pointer. */
  private again(id: number, container: number): void {
    if (this.declared[id] === 1) return;
    const kind = this.types.kinds[id];
    if (kind === Kind.TYPEDEF) {
      this.typedef(id);
      this.declared[id] = 1;
    } else if (id !== container && this.types.nameOff(id) !== 0) {
      this.declareStruct(id);
    }
  }

  private declareStruct(id: number): void {
    this.declarations.structTag(id);
    this.declarations.out.constant(END);
    this.declared[id] = 1;
  }

  private writeKind(id: number, container: number): void {
    const { types, states, declarations } = this;
    switch (types.kinds[id]) {
      case Kind.INT:
        this.alias(id);
        states[id] = WRITTEN;
        break;
      case Kind.ENUM:
      case Kind.ENUM64:
        if (container === 0) {
          this.bodies.enumeration(id, 0);
          declarations.out.constant(END);
        }
        states[id] = WRITTEN;
        break;
      case Kind.PTR:
      case Kind.VOLATILE:
      case Kind.CONST:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
        this.write(types.third(id), container);
        break;
      case Kind.ARRAY:
        this.write(types.words[types.records[id]! + 3]!, container);
        break;
      case Kind.FWD:
        declarations.forward(id);
        declarations.out.constant(END);
        states[id] = WRITTEN;
        break;
      case Kind.TYPEDEF:
        states[id] = WRITING;
        this.write(types.third(id), id);
        if (this.declared[id] === 0) this.typedef(id);
        states[id] = WRITTEN;
        break;
      case Kind.STRUCT:
      case Kind.UNION:
        this.struct(id, container);
        break;
      case Kind.FUNC_PROTO:
        this.prototype(id, container);
    }
  }

  private struct(id: number, container: number): void {
    const { types, states } = this;
    const { words } = types;
    const isAnonymous = types.nameOff(id) === 0;
    states[id] = WRITING;
    if (container === 0 || isAnonymous) {
      const inner = isAnonymous ? container : id;
      const at = types.records[id]!;
      const end = at + 3 + 3 * vlenOf(words[at + 1]!);
      for (let row = at + 3; row < end; row += 3) this.write(words[row + 1]!, inner);
    } else if (this.declared[id] === 0 && id !== container) {
      this.declareStruct(id);
    }
    states[id] = NOT_WRITTEN;
    if (container !== 0) return;
    this.bodies.struct(id, 0);
    this.declarations.out.constant(END);
    states[id] = WRITTEN;
  }

  private prototype(id: number, container: number): void {
    const { words, records } = this.types;
    const at = records[id]!;
    const end = at + 3 + 2 * vlenOf(words[at + 1]!);
    this.write(words[at + 2]!, container);
    for (let row = at + 3; row < end; row += 2) this.write(words[row + 1]!, container);
  }

  private typedef(id: number): void {
    const { types, declarations } = this;
    const { out, names } = declarations;
    const name = types.nameOff(id);
    // Every compiler has this one of its own.
    if (types.isNamed(name, '__builtin_va_list')) return;
    const number = names.numberOf(id);
    const target = types.third(id);
    // Old gcc makes this one a typedef of void.
    if (target === 0 && number === 1 && types.isNamed(name, '__gnuc_va_list')) out.constant(VA_LIST);
    else {
      out.constant(TYPEDEF);
      declarations.declare(target, name, number, 0);
    }
    out.constant(END);
  }

  private alias(id: number): void {
    const number = this.declarations.names.numberOf(id);
    if (number !== 1) return;
    const alias = ALIASES.find(([name]) => this.types.isNamed(this.types.nameOff(id), name));
    if (alias !== undefined) this.declarations.out.constant(alias[1]);
  }
}
