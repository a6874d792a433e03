import { Kind, kflagOf, kindOf, vlenOf } from '../btf/kinds.js';
import { nameText } from './describe.js';
import type { MetadataCheck } from './metadata.js';
import type { Verifier } from './verifier.js';

/** The first phase for kinds that have a table: struct, union, enum, DATASEC. Each returns the table's words. */
export class MemberTables {
  private readonly verifier: Verifier;
  private readonly words: Uint32Array;
  private readonly records: MetadataCheck;

  constructor(verifier: Verifier, records: MetadataCheck) {
    this.verifier = verifier;
    this.words = verifier.btf.words;
    this.records = records;
  }

  /** btf_struct_check_meta */
  struct(at: number, info: number): number {
    const { verifier, records, words } = this;
    const length = 3 * vlenOf(info);
    records.need(at, 4 * length);
    if (!records.mayBeNamed(words[at]!)) verifier.refuseType(at, 'Invalid name', at);
    records.passed(at);
    const isUnion = kindOf(info) === Kind.UNION;
    const kflag = kflagOf(info);
    const size = words[at + 2]!;
    let last = 0;
    for (let member = at + 3; member < at + 3 + length; member += 3) {
      const name = words[member]!;
      if (!records.hasName(name)) this.refuse(at, member, `Invalid member name_offset:${name}`, 0);
      if (!records.mayBeNamed(name)) this.refuse(at, member, 'Invalid name', 0);
      if (!records.isType(words[member + 1]!)) this.refuse(at, member, 'Invalid type_id', 1);
      const offset = kflag ? words[member + 2]! & 0xffffff : words[member + 2]!;
      if ((isUnion && offset !== 0) || last > offset) {
        this.refuse(at, member, 'Invalid member bits_offset', 2);
      }
      if ((offset >>> 3) + (offset % 8 !== 0 ? 1 : 0) > size) {
        this.refuse(at, member, verifier.rules.texts.memberBeyond, 2);
      }
      if (verifier.log.verbose) this.logMember(at, member);
      last = offset;
    }
    return length;
  }

  private logMember(at: number, member: number, problem?: string): void {
    const { words } = this;
    this.verifier.logMember(at, words[member]!, words[member + 1]!, words[member + 2]!, problem);
  }

  private refuse(at: number, member: number, problem: string, word: number): never {
    this.logMember(at, member, problem);
    return this.verifier.breach(at, problem, member + word);
  }

  /** btf_enum_check_meta and btf_enum64_check_meta; `step` is an enumerator's words. */
  enumeration(at: number, info: number, step: number): number {
    const { verifier, records, words } = this;
    const { btf, rules } = verifier;
    const length = step * vlenOf(info);
    records.need(at, 4 * length);
    if (!rules.kflagEnums) records.noKflag(at, info);
    const size = words[at + 2]!;
    if (rules.enumSizes === 'of an int') {
      if (size !== 4) verifier.refuseType(at, 'Expected size:4', at + 2);
    } else if (size > 8 || size === 0 || (size & (size - 1)) !== 0) {
      verifier.refuseType(at, 'Unexpected size', at + 2);
    }
    if (!records.mayBeNamed(words[at]!)) verifier.refuseType(at, 'Invalid name', at);
    records.passed(at);
    for (let row = at + 3; row < at + 3 + length; row += step) {
      const name = words[row]!;
      if (!records.hasName(name)) verifier.refuse(at, `\tInvalid name_offset:${name}`, row);
      if (!records.isNamed(name)) verifier.refuseType(at, 'Invalid name', row);
      if (verifier.log.verbose) {
        verifier.log.print(`\t${nameText(btf, name)} val=${this.value(row, step, info)}\n`);
      }
    }
    return length;
  }

  private value(row: number, step: number, info: number): string {
    const { words } = this;
    const bits = 32 * (step - 1);
    let value = BigInt(words[row + 1]!);
    if (step === 3) value |= BigInt(words[row + 2]!) << 32n;
    const signed = kflagOf(info) || !this.verifier.rules.kflagEnums;
    return String(signed ? BigInt.asIntN(bits, value) : value);
  }

  /** btf_datasec_check_meta */
  section(at: number, info: number): number {
    const { verifier, records, words } = this;
    const length = 3 * vlenOf(info);
    records.need(at, 4 * length);
    const size = words[at + 2]!;
    if (length === 0 && !verifier.rules.emptySections) verifier.refuseType(at, 'vlen == 0', at + 1);
    if (size === 0) verifier.refuseType(at, 'size == 0', at + 2);
    records.noKflag(at, info);
    if (!records.isSectionName(words[at]!)) verifier.refuseType(at, 'Invalid name', at);
    records.passed(at);
    let last = 0;
    let sum = 0;
    for (let variable = at + 3; variable < at + 3 + length; variable += 3) {
      const offset = words[variable + 1]!;
      const bytes = words[variable + 2]!;
      if (!records.isType(words[variable]!)) this.refuseVariable(at, variable, 'Invalid type_id', 0);
      if (offset < last || offset >= size) this.refuseVariable(at, variable, 'Invalid offset', 1);
      if (bytes === 0 || bytes > size) this.refuseVariable(at, variable, 'Invalid size', 2);
      // The sum is of 32 bits in the kernel.
      last = (offset + bytes) >>> 0;
      if (last > size) this.refuseVariable(at, variable, 'Invalid offset+size', 2);
      if (verifier.log.verbose) verifier.logVariable(at, variable);
      sum += bytes;
    }
    if (size < sum) verifier.refuseType(at, 'Invalid btf_info size', at + 2);
    return length;
  }

  private refuseVariable(at: number, variable: number, problem: string, word: number): never {
    this.verifier.logVariable(at, variable, problem);
    return this.verifier.breach(at, problem, variable + word);
  }
}
