import { IntEncoding, Kind, type TypeId } from '../btf/index.js';
import type { Difference, EntityKind } from './change.js';
import { compareMembers, compareTarget } from './composites.js';
import { compareEnums } from './enums.js';
import { compareFunctions, linkageText } from './functions.js';
import { matchNames } from './matching.js';
import { Changes, type Pair } from './pair.js';
import type { Side } from './side.js';
import { compareTags } from './tags.js';

/** All that differs in two definitions of one name and kind; nothing where only the order of enumerators does. */
export function compareDefinitions(
  pair: Pair,
  kind: EntityKind,
  a: TypeId,
  b: TypeId,
): Difference['changes'] {
  const out = new Changes();
  switch (kind) {
    case 'struct':
    case 'union':
      compareComposites(pair, kind, a, b, out);
      break;
    case 'enum':
      compareEnums(pair, a, b, out);
      break;
    case 'typedef':
      compareTarget(pair, pair.a.types.third(a), pair.b.types.third(b), kind, out);
      break;
    case 'func':
      compareFunctions(pair, a, b, out);
      break;
    case 'var':
      compareVariables(pair, a, b, out);
      break;
    case 'datasec':
      compareSections(pair, a, b, out);
      break;
    default:
      compareNumbers(pair, kind, a, b, out);
  }
  compareTags(pair, kind, a, b, out);
  return out.list;
}

function compareComposites(pair: Pair, kind: 'struct' | 'union', a: TypeId, b: TypeId, out: Changes): void {
  const sizes = [pair.a.size(a), pair.b.size(b)] as const;
  if (sizes[0] !== sizes[1]) out.add(kind, 'resized', '', sizes, ['follows', 'layout']);
  compareMembers(pair, a, b, '', out);
  if (out.list.length > 0 || pair.isSameLayout(a, b)) return;
  out.add(kind, 'regrouped', '', [null, null], ['none', 'none']);
}

function compareVariables(pair: Pair, a: TypeId, b: TypeId, out: Changes): void {
  const linkage = (side: Side, id: TypeId) => linkageText(side.types.words[side.at(id) + 3]!);
  const linkages = [linkage(pair.a, a), linkage(pair.b, b)] as const;
  if (linkages[0] !== linkages[1]) {
    out.add('var', 'retyped', '', linkages, ['none', linkages[1] === 'static' ? 'existence' : 'none']);
  }
  compareTarget(pair, pair.a.types.third(a), pair.b.types.third(b), 'var', out);
}

/** Nothing depends on where a linker puts a variable: it is told, and breaks nothing. */
function compareSections(pair: Pair, a: TypeId, b: TypeId, out: Changes): void {
  const effects = ['none', 'none'] as const;
  const sizes = [pair.a.types.third(a), pair.b.types.third(b)] as const;
  if (sizes[0] !== sizes[1]) out.add('datasec', 'resized', '', sizes, effects);
  const left = variablesOf(pair.a, a);
  const right = variablesOf(pair.b, b);
  const match = matchNames(
    left.map(variable => variable.name),
    right.map(variable => variable.name),
  );
  const matched = new Set(match);
  left.forEach((variable, i) => {
    const other = right[match[i]!];
    const name = pair.a.text(variable.type);
    if (other === undefined) {
      out.add('variable', 'went', name, [variable.offset, null], effects);
      return;
    }
    if (variable.offset !== other.offset)
      out.add('variable', 'moved', name, [variable.offset, other.offset], effects);
    if (variable.size !== other.size)
      out.add('variable', 'resized', name, [variable.size, other.size], effects);
  });
  right.forEach((variable, j) => {
    if (matched.has(j)) return;
    out.add('variable', 'appeared', pair.b.text(variable.type), [null, variable.offset], effects);
  });
}

function variablesOf(side: Side, section: TypeId) {
  const { words } = side.types;
  return Array.from({ length: side.vlen(section) }, (_, i) => {
    const row = side.at(section) + 3 + 3 * i;
    const type: TypeId = words[row]!;
    return { name: side.name(type), type, offset: words[row + 1]!, size: words[row + 2]! };
  });
}

function compareNumbers(pair: Pair, kind: 'int' | 'float', a: TypeId, b: TypeId, out: Changes): void {
  const sizes = [pair.a.size(a), pair.b.size(b)] as const;
  if (sizes[0] !== sizes[1]) out.add(kind, 'resized', '', sizes, ['size', 'layout']);
  if (kind === 'float') return;
  const [from, to] = [encodingText(pair.a, a), encodingText(pair.b, b)];
  if (from !== to) out.add(kind, 'retyped', '', [from, to], ['size', 'type']);
}

function encodingText(side: Side, int: TypeId): string {
  const data = side.types.words[side.at(int) + 3]!;
  const words = [(data >>> 24) & IntEncoding.SIGNED ? 'signed' : 'unsigned'];
  if ((data >>> 24) & IntEncoding.CHAR) words.push('char');
  if ((data >>> 24) & IntEncoding.BOOL) words.push('bool');
  // Size alone says it of all but the bitfields of old compilers.
  const bits = data & 0xff;
  const at = (data >>> 16) & 0xff;
  if (bits !== side.size(int) * 8 || at !== 0) words.push(`${bits} bits at ${at}`);
  const rest = (data >>> 24) & ~(IntEncoding.SIGNED | IntEncoding.CHAR | IntEncoding.BOOL);
  if (rest !== 0) words.push(`encoding ${rest}`);
  return words.join(', ');
}

/** Which report a kind belongs to; undefined for kinds that name no thing of C. */
export const ENTITIES: readonly (EntityKind | undefined)[] = Array.from(
  { length: Kind.ENUM64 + 1 },
  (_, kind) => {
    switch (kind) {
      case Kind.STRUCT:
        return 'struct';
      case Kind.UNION:
        return 'union';
      case Kind.ENUM:
      case Kind.ENUM64:
        return 'enum';
      case Kind.TYPEDEF:
        return 'typedef';
      case Kind.FUNC:
        return 'func';
      case Kind.VAR:
        return 'var';
      case Kind.DATASEC:
        return 'datasec';
      case Kind.INT:
        return 'int';
      case Kind.FLOAT:
        return 'float';
      default:
        return undefined;
    }
  },
);
