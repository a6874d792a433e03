import { Kind, type TypeId } from '../btf/index.js';
import { type CoreTypes, isComposite, isEnum } from '../core-relo/types.js';
import { cText } from './c-text.js';

const MOST_DIMENSIONS = 16;

/** A member on the way from a struct to a field. */
export interface Step {
  readonly name: string;
  /** `[2]`, of what the kernel declares; '' for what is no array. */
  readonly dimensions: string;
  /** The next step is behind it. */
  readonly isPointer: boolean;
}

/**
 * A struct that stands for a kernel's by the name of its flavour, with a field and nothing else: CO-RE looks at names and
 * kinds. All that it is made of is declared in it, or is a pointer.
 */
export function flavourStruct(
  name: string,
  isUnion: boolean,
  steps: readonly Step[],
  leaf: { readonly types: CoreTypes; readonly type: TypeId; readonly bitfieldSize: number },
): string {
  const word = isUnion ? 'union' : 'struct';
  const body = declare(steps, 0, leaf, 1);
  return `${word} ${name} {\n${body}\n} __attribute__((preserve_access_index));`;
}

function declare(
  steps: readonly Step[],
  at: number,
  leaf: { readonly types: CoreTypes; readonly type: TypeId; readonly bitfieldSize: number },
  depth: number,
): string {
  const indent = '\t'.repeat(depth);
  const { name, dimensions, isPointer } = steps[at];
  if (at === steps.length - 1) {
    const bits = leaf.bitfieldSize > 0 ? `: ${leaf.bitfieldSize}` : '';
    return `${indent}${plainType(leaf.types, leaf.type, name)}${bits};`;
  }
  const inner = declare(steps, at + 1, leaf, depth + 1);
  return `${indent}struct {\n${inner}\n${indent}} ${isPointer ? '*' : ''}${name}${dimensions};`;
}

/** A declaration that needs no header: typedefs are spelt out, enums are without a name. */
function plainType(types: CoreTypes, type: TypeId, name: string): string {
  let id = types.skip(type);
  // An array of itself is no type.
  for (let depth = 0; types.kind(id) === Kind.ARRAY && depth < MOST_DIMENSIONS; depth++) {
    const [element, , length] = types.tail(id);
    name += `[${length}]`;
    id = types.skip(element);
  }
  const kind = types.kind(id);
  if (isEnum(kind)) return `enum { ${name.replace(/\W.*/, '')}_unused } ${name}`;
  if (kind !== Kind.PTR) return cText(types, id, name);
  const target = types.skip(types.third(id));
  const isNamed = isComposite(types.kind(target)) || types.kind(target) === Kind.FWD;
  const simple = isNamed || types.kind(target) === Kind.INT || types.kind(target) === Kind.FLOAT;
  return simple && types.btf.typeName(target) !== '' ? cText(types, target, `*${name}`) : `void *${name}`;
}
