import { Kind, vlenOf } from '../btf/kinds.js';
import { isIdentifier } from './names.js';
import type { Verifier } from './verifier.js';
import { isIn, SOURCE_ONLY, type Walk } from './walk.js';

/** btf_func_check: a FUNC is of a FUNC_PROTO, all of whose parameters have names. Throws Breach. */
export function checkFunc(verifier: Verifier, walk: Walk, id: number): void {
  const { words } = verifier.btf;
  const own = walk.records[id]!;
  const prototype = words[own + 2]!;
  if (!walk.exists(prototype) || walk.kinds[prototype] !== Kind.FUNC_PROTO) {
    verifier.refuseType(own, 'Invalid type_id', own + 2);
  }
  const at = walk.records[prototype]!;
  for (let i = 0; i < vlenOf(words[at + 1]!); i++) {
    const row = at + 3 + 2 * i;
    if (words[row] === 0 && words[row + 1] !== 0) verifier.refuseType(own, `Invalid arg#${i + 1}`, row);
  }
}

/** btf_func_proto_check: what a function takes and returns are values. Throws Breach. */
export class PrototypeCheck {
  private readonly verifier: Verifier;
  private readonly words: Uint32Array;
  private readonly walk: Walk;
  private readonly resolve: (id: number) => void;

  /** `resolve` walks from a type that was not walked before. */
  constructor(verifier: Verifier, walk: Walk, resolve: (id: number) => void) {
    this.verifier = verifier;
    this.words = verifier.btf.words;
    this.walk = walk;
    this.resolve = resolve;
  }

  check(id: number): void {
    const { verifier, words } = this;
    const at = this.walk.records[id]!;
    const result = words[at + 2]!;
    const isBarred = verifier.rules.noVariableReturned && this.isSource(result);
    if (result !== 0 && (isBarred || !this.isValue(result)))
      verifier.refuseType(at, 'Invalid return type', at + 2);
    let count = vlenOf(words[at + 1]!);
    if (count === 0) return;
    const last = at + 3 + 2 * (count - 1);
    if (words[last + 1] === 0) {
      if (words[last] !== 0) verifier.refuseType(at, `Invalid arg#${count}`, last);
      count--;
    }
    for (let i = 0; i < count; i++) this.parameter(at, i);
  }

  private parameter(at: number, index: number): void {
    const row = at + 3 + 2 * index;
    const name = this.words[row]!;
    const type = this.words[row + 1]!;
    const { rules } = this.verifier;
    const refuse = (word: number) => this.verifier.refuseType(at, `Invalid arg#${index + 1}`, row + word);
    if (!this.walk.exists(type) || (rules.noVariableTaken && this.isSource(type))) refuse(1);
    if (name !== 0 && !this.isName(name)) refuse(0);
    if (!this.isValue(type)) refuse(1);
  }

  private isSource(id: number): boolean {
    return isIn(SOURCE_ONLY, this.walk.kinds[id]!);
  }

  /** Something with a size. Walks there first where that was not done. */
  private isValue(id: number): boolean {
    if (!this.walk.exists(id)) return false;
    if (this.walk.isToWalk(id)) this.resolve(id);
    return this.walk.sizedId(id) >= 0;
  }

  private isName(offset: number): boolean {
    const { btf, rules } = this.verifier;
    if (offset > rules.highestString || !btf.hasString(offset)) return false;
    return isIdentifier(btf.strings, offset, rules.nameLimit, rules.dotsInNames);
  }
}
