import { FIRST_OPEN_KIND, Kind, MAX_KIND, Third } from '../../btf/kinds.js';
import { type LayoutEntry, type Shapes, shapesOf } from '../../btf/shapes.js';

/**
 * The kinds table as libbpf 1.8 has it, for a blob whose layout section (or its base's) has these rows: kinds 1 to 19,
 * the others only as the rows have them, stepped over and not looked into (btf_type_size, btf_validate_type).
 */
export function libbpfShapes(layout: readonly LayoutEntry[]): Shapes {
  const shapes = shapesOf([]);
  // What a function returns is not looked at.
  shapes.third[Kind.FUNC_PROTO] = Third.UNUSED;
  for (let kind = 0; kind <= MAX_KIND; kind = kind === 0 ? FIRST_OPEN_KIND : kind + 1) {
    const row = layout[kind];
    const known = row !== undefined && row.infoSize % 4 === 0 && row.elementSize % 4 === 0;
    shapes.known[kind] = known ? 1 : 0;
    shapes.builtin[kind] = 0;
    shapes.extra[kind] = known ? row.infoSize / 4 : 0;
    shapes.element[kind] = known ? row.elementSize / 4 : 0;
    shapes.third[kind] = Third.UNUSED;
    shapes.extraTypes[kind] = 0;
    shapes.elementTypes[kind] = 0;
    shapes.elementNames[kind] = 0;
  }
  return shapes;
}
