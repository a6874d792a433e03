import { Kind, kindOf } from '../btf/kinds.js';
import { Errno } from './breach.js';
import type { KernelBtf } from './kernel-btf.js';
import type { Verifier } from './verifier.js';

const LONGEST_CHAIN = 32;

/**
 * Chains of modifiers end, and type tags stand at their front (btf_check_type_tags; since the order does not matter
 * any more, btf_check_modifier_chain_length). Throws Breach.
 */
export function checkChains(verifier: Verifier): void {
  const { btf } = verifier;
  const chains = new ChainCheck(verifier);
  for (let start = btf.startId; start < btf.endId; start++) {
    if (isModifier(btf.words[btf.recordOf(start) + 1]!)) chains.check(start);
  }
}

class ChainCheck {
  private readonly verifier: Verifier;
  private readonly btf: KernelBtf;
  /** Chains from here down have been walked. */
  private good: number;

  constructor(verifier: Verifier) {
    this.verifier = verifier;
    this.btf = verifier.btf;
    this.good = verifier.btf.startId - 1;
  }

  check(start: number): void {
    const { btf } = this;
    let layer = btf;
    let id = start;
    let at = btf.recordOf(start);
    let info = btf.words[at + 1]!;
    let inTags = isTag(info);
    for (let left = LONGEST_CHAIN; isModifier(info); left--) {
      if (left === 0) this.refuse(start, 'Max chain length or cycle detected', Errno.ELOOP);
      if (!isTag(info)) inTags = false;
      else if (!inTags && this.verifier.rules.tagsFirst)
        this.refuse(start, "Type tags don't precede modifiers");
      if (id <= this.good) break;
      id = layer.words[at + 2]!;
      if (id === 0) break;
      const next = btf.layerOf(id);
      if (next === null) this.refuseTarget(start);
      layer = next;
      at = layer.recordOf(id);
      info = layer.words[at + 1]!;
    }
    this.good = start;
  }

  private refuse(start: number, text: string, errno: number = Errno.EINVAL): never {
    this.verifier.typeId = start;
    const at = this.btf.recordOf(start);
    return this.verifier.refuse(at, text, at, errno);
  }

  /** Without a word in the log. */
  private refuseTarget(start: number): never {
    this.verifier.typeId = start;
    const at = this.btf.recordOf(start);
    return this.verifier.breach(at, 'A chain of modifiers leads to a type that does not exist', at + 2);
  }
}

function isTag(info: number): boolean {
  return kindOf(info) === Kind.TYPE_TAG;
}

function isModifier(info: number): boolean {
  const kind = kindOf(info);
  return (kind >= Kind.TYPEDEF && kind <= Kind.RESTRICT) || kind === Kind.TYPE_TAG;
}
