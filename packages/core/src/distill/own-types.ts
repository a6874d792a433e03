import { type Btf, Kind, kindOf } from '../btf/index.js';
import { FormatError } from '../bytes/errors.js';
import { DistillError } from './error.js';

/**
 * What `Btf.parse` lets pass and cannot be renumbered: an own type of a kind that only a layout section describes
 * (DistillError, libbpf's -EINVAL), and a FWD with a type that does not exist (FormatError).
 */
export function checkOwnTypes(btf: Btf): void {
  const { words, offsets, startId, shapes } = btf;
  for (let own = 0; own < offsets.length; own++) {
    const at = offsets[own];
    const kind = kindOf(words[at + 1]);
    if (shapes.builtin[kind] === 0) {
      const typeId = startId + own;
      throw new DistillError(
        btf.name,
        `type [${typeId}] is of kind ${kind}, whose references are unknown`,
        typeId,
      );
    }
    if (kind === Kind.FWD) checkForward(btf, startId + own, words[at + 2]);
  }
}

export function checkForward(btf: Btf, typeId: number, type: number): void {
  if (type < btf.endId) return;
  throw new FormatError(`FWD: type id ${type}, expected below ${btf.endId}`, { section: 'types', typeId });
}
