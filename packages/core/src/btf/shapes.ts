import { FormatError } from '../bytes/errors.js';
import { FIRST_OPEN_KIND, KINDS, MAX_KIND, Third } from './kinds.js';

/**
 * The kinds table as columns indexed by kind (0 to 127), as one blob has it: the built-in table, with what the
 * blob's layout section says of kinds that the table does not fix. Masks have bit n set for word n.
 */
export interface Shapes {
  /** 1 where records of this kind can be walked. */
  readonly known: Uint8Array;
  /** 1 where the kind is the one of the built-in table, so that its words have the meaning given there. */
  readonly builtin: Uint8Array;
  /** In words. */
  readonly extra: Uint8Array;
  /** In words. */
  readonly element: Uint8Array;
  /** A value of `Third`. */
  readonly third: Uint8Array;
  readonly extraTypes: Uint8Array;
  readonly elementTypes: Uint8Array;
  readonly elementNames: Uint8Array;
}

/** One row of a layout section: struct btf_layout, sizes in bytes. */
export interface LayoutEntry {
  readonly infoSize: number;
  readonly elementSize: number;
  readonly flags: number;
}

const mask = (words: readonly number[]) => words.reduce((bits, word) => bits | (1 << word), 0);

function empty(): Shapes {
  const column = () => new Uint8Array(MAX_KIND + 1);
  return {
    known: column(),
    builtin: column(),
    extra: column(),
    element: column(),
    third: column(),
    extraTypes: column(),
    elementTypes: column(),
    elementNames: column(),
  };
}

function builtin(): Shapes {
  const shapes = empty();
  KINDS.forEach((kind, index) => {
    shapes.known[index] = index === 0 ? 0 : 1;
    shapes.builtin[index] = shapes.known[index]!;
    shapes.extra[index] = kind.extra;
    shapes.element[index] = kind.element;
    shapes.third[index] = kind.third;
    shapes.extraTypes[index] = mask(kind.extraTypes);
    shapes.elementTypes[index] = mask(kind.elementTypes);
    shapes.elementNames[index] = mask(kind.elementNames);
  });
  return shapes;
}

/** The built-in kinds 1 to 22. */
export const BUILTIN_SHAPES: Shapes = builtin();

/**
 * The shapes of a blob with this layout section. Kind 0 and kinds from 20 on follow the layout; one of another
 * size than the built-in table's is another kind that happens to have its number: walked, not looked into.
 */
export function shapesOf(layout: readonly LayoutEntry[]): Shapes {
  const shapes = builtin();
  layout.slice(0, MAX_KIND + 1).forEach((entry, kind) => {
    if (kind > 0 && kind < FIRST_OPEN_KIND) return;
    if (entry.infoSize % 4 !== 0 || entry.elementSize % 4 !== 0) {
      shapes.known[kind] = 0;
      return;
    }
    const extra = entry.infoSize / 4;
    const element = entry.elementSize / 4;
    const same = shapes.known[kind] === 1 && shapes.extra[kind] === extra && shapes.element[kind] === element;
    shapes.known[kind] = 1;
    if (same) return;
    shapes.builtin[kind] = 0;
    shapes.extra[kind] = extra;
    shapes.element[kind] = element;
    shapes.third[kind] = Third.UNUSED;
    shapes.extraTypes[kind] = 0;
    shapes.elementTypes[kind] = 0;
    shapes.elementNames[kind] = 0;
  });
  return shapes;
}

/** Why a record of `kind` cannot be walked, as an error at that record. */
export function unknownKind(
  kind: number,
  layout: readonly LayoutEntry[],
  offset: number,
  typeId: number,
): FormatError {
  const entry = layout[kind];
  const problem =
    entry === undefined
      ? `kind ${kind} is unknown and no layout section describes it`
      : `kind ${kind}: layout sizes ${entry.infoSize} and ${entry.elementSize} are not multiples of 4`;
  return new FormatError(problem, { section: 'types', offset, typeId });
}
