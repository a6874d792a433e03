import { assemble, Btf, BUILTIN_SHAPES, builtinLayout, FIRST_OPEN_KIND, KINDS } from '../btf/index.js';
import { FormatError } from '../bytes/errors.js';
import { refuseUnknownKinds } from './graph.js';
import { NameTable, Renaming } from './names.js';
import { mapNames, mapTypes } from './records.js';

/**
 * The types of several blobs one after the other in one, ids moved up and each string once, as libbpf's btf__add_btf
 * appends them: with all their duplicates, for `dedup` to remove. All inputs stand on `base`, or on none; without
 * inputs the result is empty. It has the byte order of the first input, and a layout section if one of them has.
 * Throws FormatError for an input on another base and for a kind that only a layout section describes.
 */
export function merge(inputs: readonly Btf[], base: Btf | null = null): Btf {
  for (const input of inputs) {
    if (input.base !== base) {
      throw new FormatError('stands on another base than the merge', { file: input.name });
    }
    refuseUnknownKinds(input);
  }
  const words = new Uint32Array(inputs.reduce((sum, input) => sum + input.words.length, 0));
  const names = new NameTable(base?.strings ?? null);
  const firstId = base?.endId ?? 1;
  let moved = 0;
  let next = 0;
  let openKinds = false;
  for (const input of inputs) {
    words.set(input.words, next);
    const renaming = new Renaming(input.strings, names);
    const rename = (offset: number) => renaming.rename(offset);
    const move = (id: number) => (id < firstId ? id : id + moved);
    for (let own = 0; own < input.offsets.length; own++) {
      const at = next + input.offsets[own]!;
      mapNames(words, at, BUILTIN_SHAPES, rename);
      mapTypes(words, at, BUILTIN_SHAPES, move);
      openKinds ||= input.kind(firstId + own) >= FIRST_OPEN_KIND;
    }
    moved += input.offsets.length;
    next += input.words.length;
  }
  const described = inputs.some(input => input.layout.length > 0);
  const bytes = assemble(
    { words, strings: names.take() },
    {
      littleEndian: inputs[0]?.littleEndian ?? true,
      layout: described ? builtinLayout(openKinds ? KINDS.length : FIRST_OPEN_KIND) : [],
    },
  );
  const more = inputs.length > 1 ? ` and ${inputs.length - 1} more` : '';
  const name = inputs[0]?.name === undefined ? undefined : inputs[0].name + more;
  return Btf.parse(bytes, { base: base ?? undefined, name });
}
