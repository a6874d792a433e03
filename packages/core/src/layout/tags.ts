import { checkType, Kind } from '../btf/index.js';
import type { Prototype, Types } from './types.js';

/**
 * DECL_TAGs of functions' parameters, as text to write before each. They count for all that is of the same prototype,
 * which pahole has once for all (btf_loader.c, process_decl_tag).
 */
export function tagsOfParams(types: Types): Map<Prototype, string[]> {
  const { btf } = types;
  const tags = new Map<Prototype, string[]>();
  for (let id = 1; id < btf.endId; id++) {
    if (btf.kind(id) !== Kind.DECL_TAG) continue;
    const component = btf.layer(id).words[btf.at(id) + 3]! | 0;
    const func = btf.sizeOrType(id);
    if (component < 0 || func === 0 || func >= btf.endId || btf.kind(func) !== Kind.FUNC) continue;
    checkType(btf, id);
    checkType(btf, func);
    const type = types.get(btf.sizeOrType(func));
    if (type?.kind !== Kind.FUNC_PROTO || component >= type.params.length) continue;
    const texts = tags.get(type) ?? type.params.map(() => '');
    texts[component] += `${types.nameAt(btf.nameOff(id)) ?? '(null)'} `;
    tags.set(type, texts);
  }
  return tags;
}
