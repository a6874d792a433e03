import { IntEncoding, Kind, kflagOf, kindOf, vlenOf } from '../btf/kinds.js';
import { Errno } from './breach.js';
import { MemberTables } from './member-tables.js';
import { isIdentifier, isPrintable } from './names.js';
import type { Verifier } from './verifier.js';

const INT_BITS = 0x0fffffff;

/**
 * The first phase: every record by itself, in the order of the ids (btf_check_all_metas). A type id is only looked at
 * as a number here, since the type may come later. Throws Breach.
 */
export class MetadataCheck {
  private readonly verifier: Verifier;
  private readonly words: Uint32Array;
  private readonly tables: MemberTables;
  /** Bytes after the first three words of the record at hand. */
  private left = 0;

  constructor(verifier: Verifier) {
    this.verifier = verifier;
    this.words = verifier.btf.words;
    this.tables = new MemberTables(verifier, this);
  }

  run(): void {
    const { verifier } = this;
    const { btf } = verifier;
    const end = btf.header.typeLength;
    verifier.typeId = btf.startId;
    for (let at = 0; 4 * at < end; ) {
      const length = this.check(at, end - 4 * at);
      this.add(at);
      verifier.typeId++;
      at += length;
    }
  }

  /** btf_add_type. The kernel says so when there is no room, and goes on without the type. */
  private add(at: number): void {
    const { btf, log, rules } = this.verifier;
    if (btf.own + (btf.base === null ? 1 : 0) === rules.highestType) log.print('Exceeded max num of types');
    else btf.add(at);
  }

  /** btf_check_meta: the record's length in words. `left` is what the type section has from `at` on, in bytes. */
  check(at: number, left: number): number {
    const { verifier, words } = this;
    const { rules } = verifier;
    if (left < 12) verifier.refuse(at, `[${verifier.typeId}] meta_left:${left} meta_needed:12`);
    this.left = left - 12;
    const info = words[at + 1]!;
    if ((info & ~rules.infoBits) !== 0) {
      verifier.refuse(at, `[${verifier.typeId}] Invalid btf_info:${info.toString(16)}`, at + 1);
    }
    const kind = kindOf(info);
    if (kind > rules.maxKind || kind === Kind.UNKN) {
      verifier.refuse(at, `[${verifier.typeId}] Invalid kind:${kind}`, at + 1);
    }
    if (!this.hasName(words[at]!)) {
      verifier.refuse(at, `[${verifier.typeId}] Invalid name_offset:${words[at]}`, at);
    }
    return 3 + this.checkKind(kind, at, info);
  }

  /** The kind's check_meta: how many words the record has after its first three. */
  private checkKind(kind: number, at: number, info: number): number {
    switch (kind) {
      case Kind.INT:
        return this.int(at, info);
      case Kind.ARRAY:
        return this.array(at, info);
      case Kind.STRUCT:
      case Kind.UNION:
        return this.tables.struct(at, info);
      case Kind.ENUM:
        return this.tables.enumeration(at, info, 2);
      case Kind.ENUM64:
        return this.tables.enumeration(at, info, 3);
      case Kind.FWD:
        return this.forward(at, info);
      case Kind.FUNC:
        return this.func(at, info);
      case Kind.FUNC_PROTO:
        return this.prototype(at, info);
      case Kind.VAR:
        return this.variable(at, info);
      case Kind.DATASEC:
        return this.tables.section(at, info);
      case Kind.FLOAT:
        return this.float(at, info);
      case Kind.DECL_TAG:
        return this.declTag(at, info);
      default:
        return this.reference(at, info, kind);
    }
  }

  /** Refuses a record of which `needed` bytes after the third word are not there. */
  need(at: number, needed: number): void {
    if (this.left < needed) {
      this.verifier.refuseBasic(at, `meta_left:${this.left} meta_needed:${needed}`, at + 1);
    }
  }

  /** Says that the record is in order. */
  passed(at: number): void {
    if (this.verifier.log.verbose) this.verifier.logType(at);
  }

  hasName(offset: number): boolean {
    const { btf, rules } = this.verifier;
    return offset <= rules.highestString && btf.hasString(offset);
  }

  isUnnamed(offset: number): boolean {
    return offset === 0 || !this.verifier.rules.names;
  }

  /** A name that is there and an identifier. */
  isNamed(offset: number): boolean {
    return (offset !== 0 && this.isIdentifier(offset)) || !this.verifier.rules.names;
  }

  /** No name, or an identifier. */
  mayBeNamed(offset: number): boolean {
    return offset === 0 || this.isIdentifier(offset) || !this.verifier.rules.names;
  }

  private isIdentifier(offset: number, dots = this.verifier.rules.dotsInNames): boolean {
    const { btf, rules } = this.verifier;
    if (offset >= btf.firstString) {
      return isIdentifier(btf.strings, offset - btf.firstString, rules.nameLimit, dots);
    }
    const { strings, at } = btf.stringsAt(offset);
    return isIdentifier(strings, at, rules.nameLimit, dots);
  }

  isSectionName(offset: number): boolean {
    const { btf, rules } = this.verifier;
    if (offset === 0) return false;
    if (rules.sectionNames === 'identifier') return this.isIdentifier(offset, true);
    const { strings, at } = btf.stringsAt(offset);
    // As the kernel did it: an empty name is judged by the string behind it.
    if (rules.sectionNames === 'printable after the first') {
      return isPrintable(strings, at + 1, rules.nameLimit - 1);
    }
    return strings[at] !== 0 && isPrintable(strings, at, rules.nameLimit);
  }

  /** The name of a tag may be anything but empty. */
  private isEmpty(offset: number): boolean {
    const { strings, at } = this.verifier.btf.stringsAt(offset);
    return strings[at] === 0;
  }

  /** A type id that can be one, and not void. */
  isType(id: number): boolean {
    return id !== 0 && id <= this.verifier.rules.highestType;
  }

  noVlen(at: number, info: number): void {
    if (vlenOf(info) !== 0) this.verifier.refuseType(at, 'vlen != 0', at + 1);
  }

  noKflag(at: number, info: number): void {
    if (kflagOf(info)) this.verifier.refuseType(at, 'Invalid btf_info kind_flag', at + 1);
  }

  private int(at: number, info: number): number {
    const { verifier, words } = this;
    this.need(at, 4);
    this.noVlen(at, info);
    this.noKflag(at, info);
    const data = words[at + 3]!;
    if ((data & ~INT_BITS) !== 0) {
      verifier.refuseBasic(at, `Invalid int_data:${data.toString(16)}`, at + 3);
    }
    const bits = (data & 0xff) + ((data >>> 16) & 0xff);
    const most = verifier.rules.maxIntBits;
    if (bits > most) verifier.refuseType(at, `nr_bits exceeds ${most}`, at + 3);
    if ((bits + 7) >> 3 > words[at + 2]!) verifier.refuseType(at, 'nr_bits exceeds type_size', at + 2);
    const encoding = data >>> 24;
    const { SIGNED, CHAR, BOOL } = IntEncoding;
    if (encoding !== 0 && encoding !== SIGNED && encoding !== CHAR && encoding !== BOOL) {
      verifier.refuseType(at, 'Unsupported encoding', at + 3, Errno.ENOTSUPP);
    }
    this.passed(at);
    return 1;
  }

  /** Pointers, typedefs, qualifiers and type tags (btf_ref_type_check_meta). */
  private reference(at: number, info: number, kind: number): number {
    const { verifier, words } = this;
    const { rules } = verifier;
    const name = words[at]!;
    this.noVlen(at, info);
    if (!(kind === Kind.TYPE_TAG && rules.kflagTags)) this.noKflag(at, info);
    if (words[at + 2]! > rules.highestType) verifier.refuseType(at, 'Invalid type_id', at + 2);
    const isRight =
      kind === Kind.TYPEDEF
        ? this.isNamed(name)
        : kind === Kind.TYPE_TAG
          ? !this.isEmpty(name)
          : this.isUnnamed(name);
    if (!isRight) verifier.refuseType(at, 'Invalid name', at);
    this.passed(at);
    return 0;
  }

  private forward(at: number, info: number): number {
    const { verifier, words } = this;
    this.noVlen(at, info);
    if (words[at + 2] !== 0) verifier.refuseType(at, 'type != 0', at + 2);
    if (!this.isNamed(words[at]!)) verifier.refuseType(at, 'Invalid name', at);
    this.passed(at);
    return 0;
  }

  private array(at: number, info: number): number {
    const { verifier, words } = this;
    this.need(at, 12);
    if (!this.isUnnamed(words[at]!)) verifier.refuseType(at, 'Invalid name', at);
    this.noVlen(at, info);
    this.noKflag(at, info);
    if (words[at + 2] !== 0) verifier.refuseType(at, 'size != 0', at + 2);
    if (!this.isType(words[at + 3]!)) verifier.refuseType(at, 'Invalid elem', at + 3);
    if (!this.isType(words[at + 4]!)) verifier.refuseType(at, 'Invalid index', at + 4);
    this.passed(at);
    return 3;
  }

  private func(at: number, info: number): number {
    const { verifier, words } = this;
    if (!this.isNamed(words[at]!)) verifier.refuseType(at, 'Invalid name', at);
    if (verifier.rules.funcLinkage) {
      if (vlenOf(info) > 1) verifier.refuseType(at, 'Invalid func linkage', at + 1);
    } else this.noVlen(at, info);
    this.noKflag(at, info);
    this.passed(at);
    return 0;
  }

  private prototype(at: number, info: number): number {
    this.need(at, 8 * vlenOf(info));
    if (this.words[at] !== 0) this.verifier.refuseType(at, 'Invalid name', at);
    this.noKflag(at, info);
    this.passed(at);
    return 2 * vlenOf(info);
  }

  private variable(at: number, info: number): number {
    const { verifier, words } = this;
    this.need(at, 4);
    this.noVlen(at, info);
    this.noKflag(at, info);
    if (words[at] === 0 || !this.isIdentifier(words[at]!, true)) verifier.refuseType(at, 'Invalid name', at);
    if (!this.isType(words[at + 2]!)) verifier.refuseType(at, 'Invalid type_id', at + 2);
    if (words[at + 3]! > 1) verifier.refuseType(at, 'Linkage not supported', at + 3);
    this.passed(at);
    return 1;
  }

  private float(at: number, info: number): number {
    const size = this.words[at + 2]!;
    this.noVlen(at, info);
    this.noKflag(at, info);
    if (size !== 2 && size !== 4 && size !== 8 && size !== 12 && size !== 16) {
      this.verifier.refuseType(at, 'Invalid type_size', at + 2);
    }
    this.passed(at);
    return 0;
  }

  private declTag(at: number, info: number): number {
    const { verifier, words } = this;
    this.need(at, 4);
    if (this.isEmpty(words[at]!)) verifier.refuseType(at, 'Invalid value', at);
    this.noVlen(at, info);
    if (!verifier.rules.kflagTags) this.noKflag(at, info);
    if ((words[at + 3]! | 0) < -1) verifier.refuseType(at, 'Invalid component_idx', at + 3);
    this.passed(at);
    return 1;
  }
}
