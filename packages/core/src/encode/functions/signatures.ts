import type { NameTokens } from '../name-tokens.js';
import type { Names } from '../names.js';
import { NO_NAME, VOID_REFERENCE } from '../unit-types.js';
import type { CallingConvention } from './calling-convention.js';
import { Fn, NAME_AT_ORIGIN, NO_ORIGIN, Parameter, type UnitFunctions } from './unit-functions.js';
import type { UnitLayouts } from './unit-layouts.js';

/** What a concrete instance shares with its abstract one. */
const SHARED = Parameter.located | Parameter.constant | Parameter.constantLocation | Parameter.inFrame;

/** What `Signatures` needs to know of the unit. */
export interface SignatureSettings {
  readonly convention: CallingConvention;
  readonly addressSize: number;
  /** The feature true_signature. */
  readonly trueSignature: boolean;
  /** Is there a symbol of that name? */
  readonly isWanted: (name: number) => boolean;
  /** Name and type of the parameter whose DIE is at an offset, though no function of the columns has it. */
  readonly parameterElsewhere: (
    offset: number,
  ) => { readonly name: number; readonly type: number } | undefined;
}

/**
 * Completes the functions of a unit: concrete instances get names and types from their abstract ones, and each is
 * judged by where its parameters are. After pahole's dwarf_loader.c: ftype__recode_dwarf_types,
 * function__analyze_parameter_locations, cu__resolve_func_ret_types_optimized, and btf_encoder.c's
 * ftype__has_uncertain_arg_loc and the part of btf_encoder__save_func that drops parameters.
 */
export class Signatures {
  private readonly functions: UnitFunctions;
  private readonly layouts: UnitLayouts;
  private readonly names: Names;
  private readonly tokens: NameTokens;
  private readonly convention: CallingConvention;
  private readonly addressSize: number;
  private readonly trueSignature: boolean;
  private readonly isWanted: (name: number) => boolean;
  private readonly parameterElsewhere: SignatureSettings['parameterElsewhere'];
  /** Of the function at hand: what stands for a struct of which one member is in use. */
  private readonly members = new Map<number, { readonly type: number; readonly name: number }>();

  constructor(
    functions: UnitFunctions,
    layouts: UnitLayouts,
    names: Names,
    tokens: NameTokens,
    { convention, addressSize, trueSignature, isWanted, parameterElsewhere }: SignatureSettings,
  ) {
    this.functions = functions;
    this.layouts = layouts;
    this.names = names;
    this.tokens = tokens;
    this.convention = convention;
    this.addressSize = addressSize;
    this.trueSignature = trueSignature;
    this.isWanted = isWanted;
    this.parameterElsewhere = parameterElsewhere;
  }

  /** All functions that were scanned: first what they share, then what follows from it. */
  complete(): void {
    const { functions } = this;
    this.layouts.reset();
    const { count, ended } = functions;
    for (let i = 0; i < count; i++) this.recode(ended[i]!);
    for (let i = 0; i < count; i++) this.judge(ended[i]!);
  }

  private recode(row: number): void {
    const { functions } = this;
    const origin = functions.origin[row]! === NO_ORIGIN ? -1 : functions.at(functions.origin[row]!);
    if (functions.name[row] === NAME_AT_ORIGIN) {
      const name = origin < 0 ? 0 : functions.name[origin]!;
      functions.name[row] = Math.max(0, name);
    }
    if (functions.result[row] === VOID_REFERENCE && origin >= 0)
      functions.result[row] = functions.result[origin]!;
    const first = functions.first[row]!;
    for (let i = first; i < functions.first[row + 1]!; i++) {
      if ((functions.parameterFlags[i]! & Parameter.typed) !== 0) continue;
      if (functions.parameterOrigin[i] === NO_ORIGIN) continue;
      const from = functions.parameterAt(functions.parameterOrigin[i]!);
      if (from < 0) {
        this.recodeElsewhere(i);
        continue;
      }
      if (i - first !== functions.parameterIndex[from]) functions.flags[row]! |= Fn.reordered;
      functions.parameterName[i] = functions.parameterName[from]!;
      functions.parameterType[i] = functions.parameterType[from]!;
      this.share(i, from);
    }
  }

  /** A parameter that stands for one of a block or of a declaration. */
  private recodeElsewhere(parameter: number): void {
    const { functions } = this;
    const found = this.parameterElsewhere(functions.parameterOrigin[parameter]!);
    functions.parameterName[parameter] = found?.name ?? 0;
    if (found !== undefined) functions.parameterType[parameter] = found.type;
  }

  /** What the abstract instance learns of a parameter's place. */
  private share(from: number, to: number): void {
    const { functions } = this;
    functions.parameterFlags[to]! |= functions.parameterFlags[from]! & SHARED;
    if (functions.register[from]! >= 0) functions.register[to] = functions.register[from]!;
    if (functions.wideRegister[from]! >= 0) functions.wideRegister[to] = functions.wideRegister[from]!;
    functions.firstFields[to]! |= functions.firstFields[from]!;
    functions.secondFields[to]! |= functions.secondFields[from]!;
  }

  private judge(row: number): void {
    const { functions } = this;
    const first = functions.first[row]!;
    const end = functions.first[row + 1]!;
    if (first === end) return;
    const flags = functions.flags[row]!;
    if ((flags & Fn.clang) !== 0 && (flags & Fn.nocall) === 0) this.matchRegisters(first, end);
    else if (this.trueSignature && (flags & Fn.nocall) !== 0) this.analyzeExactly(first, end);
    else this.analyze(first, end, (flags & Fn.clang) !== 0);
    let all = ~0;
    let any = 0;
    let found = 0;
    for (let i = first; i < end; i++) {
      all &= functions.parameterFlags[i]!;
      any |= functions.parameterFlags[i]!;
      if (functions.parameterName[i] === 0) found |= Fn.unnamed;
    }
    if ((any & Parameter.optimized) !== 0 || (all & Parameter.located) === 0) found |= Fn.optimized;
    if ((any & Parameter.unexpectedRegister) !== 0 && !this.hasStruct(first, end))
      found |= Fn.unexpectedRegister;
    if (
      end - first > this.convention.count &&
      (found & Fn.unnamed) === 0 &&
      this.isWanted(functions.name[row]!)
    ) {
      if (this.isUncertain(first, end)) found |= Fn.uncertain;
    }
    functions.flags[row]! |= found;
    this.drop(row, first, end);
  }

  /** A struct may be in several registers, so that those of other parameters say nothing. */
  private hasStruct(first: number, end: number): boolean {
    for (let i = first; i < end; i++)
      if (this.layouts.isStruct(this.functions.parameterType[i]!)) return true;
    return false;
  }

  private isUncertain(first: number, end: number): boolean {
    for (let i = first + this.convention.count; i < end; i++) {
      if (this.layouts.isPackedStruct(this.functions.parameterType[i]!)) return true;
    }
    return false;
  }

  /** Of an unchanged function of clang's, only registers that are wrong are told. */
  private matchRegisters(first: number, end: number): void {
    const { functions, convention } = this;
    let next = 0;
    for (let i = first; i < end; i++) {
      const size = this.layouts.parameterSize(functions.parameterType[i]!);
      if (this.isInMemory(size)) continue;
      if (next >= convention.count) break;
      const slots = this.slots(size);
      const register = this.registerOf(i, size);
      const expected = convention.registers.slice(next, next + slots);
      if (register >= 0 && !expected.includes(register)) {
        functions.parameterFlags[i]! |= Parameter.unexpectedRegister;
        functions.unexpected.set(i, { found: register, expected });
      }
      next += slots;
    }
  }

  /** Where the source's signature is taken for the function's own. */
  private analyze(first: number, end: number, clang: boolean): void {
    const { functions, convention, layouts } = this;
    const { parameterFlags, parameterType } = functions;
    let next = 0;
    for (let i = first; i < end && next < convention.count; i++) {
      const flags = parameterFlags[i]!;
      const size = layouts.parameterSize(parameterType[i]!);
      if ((flags & Parameter.located) !== 0) {
        const register = this.registerOf(i, size);
        const expected = next < convention.registers.length ? convention.registers[next]! : register;
        if (register < 0) parameterFlags[i] = flags | Parameter.optimized;
        else if (expected !== register) {
          parameterFlags[i] = flags | Parameter.unexpectedRegister;
          functions.unexpected.set(i, { found: register, expected: [expected] });
        }
      } else if ((flags & Parameter.constant) !== 0 && !clang)
        parameterFlags[i] = flags | Parameter.optimized;
      next += this.isInMemory(size) ? 1 : this.slots(size);
    }
  }

  /** For true_signature, where clang changed the signature: which parameters are left, and where. */
  private analyzeExactly(first: number, end: number): void {
    const { functions, convention, layouts } = this;
    this.findMembers(first, end);
    let next = 0;
    for (let i = first; i < end; i++) {
      const size = layouts.parameterSize(functions.parameterType[i]!);
      const slots = this.slots(size);
      const flags = functions.parameterFlags[i]!;
      const isAvailable = next < convention.count;
      let found = 0;
      let taken = this.isInMemory(size) ? 1 : slots;
      if ((flags & Parameter.located) !== 0) {
        const register = this.registerOf(i, size);
        const expected = isAvailable ? convention.registers[next] : undefined;
        if ((flags & Parameter.constantLocation) !== 0) {
          found = Parameter.optimized;
          taken = 0;
        } else if (!isAvailable) taken = 0;
        else if ((flags & Parameter.inFrame) !== 0) {
          if (this.isInMemory(size)) taken = 0;
          else found = Parameter.unexpectedRegister;
        } else if (register < 0 || (expected !== undefined && expected !== register))
          found = Parameter.unexpectedRegister;
        else if (this.hasFields(i, size)) {
          if (functions.firstFields[i] !== 0 && functions.secondFields[i] !== 0) taken = slots;
          else if (this.nextIsBehind(i, end, next + slots)) {
            this.members.delete(i);
            taken = slots;
          } else if (this.becomesMember(i)) taken = 1;
        }
      } else if (isAvailable && this.nextIsBehind(i, end, next + slots)) taken = slots;
      else {
        found = Parameter.optimized;
        taken = 0;
      }
      functions.parameterFlags[i] = flags | found;
      if (found === Parameter.unexpectedRegister) {
        const expected = convention.registers.slice(next, next + 1);
        functions.unexpected.set(i, { found: this.registerOf(i, size), expected });
      }
      next += taken;
    }
  }

  /** Is the next parameter in register number `next`, as if this one had all of its registers? */
  private nextIsBehind(parameter: number, end: number, next: number): boolean {
    const { functions, convention } = this;
    const i = parameter + 1;
    if (i >= end || next >= convention.count) return false;
    const register = this.registerOf(i, this.layouts.parameterSize(functions.parameterType[i]!));
    return register >= 0 && register === convention.registers[next];
  }

  private slots(size: number): number {
    return this.isWide(size) ? Math.ceil(size / this.addressSize) : 1;
  }

  private isWide(size: number): boolean {
    return this.convention.twoRegisters && size > this.addressSize;
  }

  private isInMemory(size: number): boolean {
    return size > (this.convention.twoRegisters ? 2 : 1) * this.addressSize;
  }

  private registerOf(parameter: number, size: number): number {
    return (this.isWide(size) ? this.functions.wideRegister : this.functions.register)[parameter]!;
  }

  private hasFields(parameter: number, size: number): boolean {
    const { firstFields, secondFields } = this.functions;
    return this.isWide(size) && (firstFields[parameter] !== 0 || secondFields[parameter] !== 0);
  }

  /** Structs of which a single member is in use: clang may have passed that alone (parameter__finish_piece_decode). */
  private findMembers(first: number, end: number): void {
    const { functions, layouts, addressSize } = this;
    this.members.clear();
    const own = Parameter.named | Parameter.typed | Parameter.inPieces;
    for (let i = first; i < end; i++) {
      const type = functions.parameterType[i]!;
      if ((functions.parameterFlags[i]! & own) !== own || !this.isWide(layouts.parameterSize(type))) continue;
      const inFirst = functions.firstFields[i]!;
      const inSecond = functions.secondFields[i]!;
      const fields = inFirst || inSecond;
      if (fields === 0 || (inFirst !== 0 && inSecond !== 0) || (fields & (fields - 1)) !== 0) continue;
      const byte = 31 - Math.clz32(fields) + (inFirst !== 0 ? 0 : addressSize);
      const member = layouts.memberAt(type, byte);
      if (member !== undefined && member.type !== VOID_REFERENCE && member.name !== NO_NAME)
        this.members.set(i, member);
    }
  }

  private becomesMember(parameter: number): boolean {
    const member = this.members.get(parameter);
    if (member === undefined) return false;
    this.functions.parameterType[parameter] = member.type;
    return true;
  }

  /** Parameters that are not there after all, and the names of those that are members now. */
  private drop(row: number, first: number, end: number): void {
    const { functions, names, tokens } = this;
    const reordered = (functions.flags[row]! & Fn.reordered) !== 0;
    const exact = this.trueSignature && (functions.flags[row]! & Fn.nocall) !== 0;
    if (!reordered && !exact) return;
    for (let i = first; i < end; i++) {
      const flags = functions.parameterFlags[i]!;
      const optimized = (flags & Parameter.optimized) !== 0;
      if ((optimized && exact) || (reordered && (optimized || (flags & Parameter.located) === 0))) {
        functions.parameterFlags[i]! |= Parameter.dropped;
        continue;
      }
      const member = exact ? this.members.get(i) : undefined;
      if (member === undefined) continue;
      const name = `${names.text(functions.parameterName[i]!)}__${names.text(tokens.nameOf(member.name))}`;
      functions.parameterName[i] = names.internText(name);
    }
  }
}
