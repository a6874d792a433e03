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
  const { btf, rules } = verifier;
  // Chains from here down have been walked.
  let good = btf.startId - 1;
  for (let start = btf.startId; start < btf.endId; start++) {
    let word = infoWord(btf, start);
    if (!isModifier(word.info)) continue;
    verifier.typeId = start;
    let inTags = isTag(word.info);
    let id = start;
    for (let left = LONGEST_CHAIN; isModifier(word.info); left--) {
      const at = btf.recordOf(start);
      const refuse = (text: string, errno: number) => verifier.refuse(at, text, at, errno);
      if (left === 0) refuse('Max chain length or cycle detected', Errno.ELOOP);
      if (!isTag(word.info)) inTags = false;
      else if (!inTags && rules.tagsFirst) refuse("Type tags don't precede modifiers", Errno.EINVAL);
      if (id <= good) break;
      id = word.target;
      // Said without a word in the log.
      if (id !== 0 && btf.layerOf(id) === null) {
        verifier.breach(at, 'A chain of modifiers leads to a type that does not exist', at + 2);
      }
      word = infoWord(btf, id);
    }
    good = start;
  }
}

function infoWord(btf: KernelBtf, id: number): { readonly info: number; readonly target: number } {
  const layer = btf.layerOf(id);
  if (layer === null) return { info: 0, target: 0 };
  const at = layer.recordOf(id);
  return { info: layer.words[at + 1]!, target: layer.words[at + 2]! };
}

function isTag(info: number): boolean {
  return kindOf(info) === Kind.TYPE_TAG;
}

function isModifier(info: number): boolean {
  const kind = kindOf(info);
  return (kind >= Kind.TYPEDEF && kind <= Kind.RESTRICT) || kind === Kind.TYPE_TAG;
}
