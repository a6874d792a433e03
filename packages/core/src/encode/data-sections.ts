import { Kind, type TypeId } from '../btf/index.js';
import type { Elf } from '../elf/index.js';
import type { Names } from './names.js';
import type { Output } from './output.js';
import type { Part } from './part.js';
import type { Variable } from './variables.js';

/** How many names a note lists. */
const LISTED = 5;

/**
 * The variables of a file that become VARs. Left out, with a note, is what the kernel refuses in a DATASEC: what has no
 * size, and what begins before the one in front of it ends (aliases, of which the first counts).
 */
export function chooseVariables(part: Part, note: (text: string) => void): Variable[] {
  const chosen = new Set<Variable>();
  const empty: Variable[] = [];
  const bySection = new Map<number, Variable[]>();
  for (const variable of part.variables.all) {
    if (variable.size === 0 || variable.size > 0xffffffff) empty.push(variable);
    else {
      chosen.add(variable);
      const section = bySection.get(variable.section);
      if (section === undefined) bySection.set(variable.section, [variable]);
      else section.push(variable);
    }
  }
  const overlapping: Variable[] = [];
  for (const section of bySection.values()) {
    for (const variable of overlaps(section)) {
      overlapping.push(variable);
      chosen.delete(variable);
    }
  }
  if (empty.length > 0) note(`left out of DATASECs, without a size: ${listed(part.names, empty)}`);
  if (overlapping.length > 0)
    note(`left out of DATASECs, at the place of another variable: ${listed(part.names, overlapping)}`);
  return part.variables.all.filter(variable => chosen.has(variable));
}

/** Those of a section's variables that stand in the way of others; sorts them. */
function overlaps(section: Variable[]): Variable[] {
  const end = ({ offset, size }: Variable) => offset + size;
  // Of several at one offset, the one whose size the symbol has counts, then one that has a symbol.
  const rank = ({ size, symbolSize }: Variable) => (symbolSize === size ? 0 : symbolSize >= 0 ? 1 : 2);
  const found: Variable[] = [];
  const kept: Variable[] = [];
  // Sorting is stable, so of equal ones that which was found first is in front.
  section.sort((a, b) => a.offset - b.offset || rank(a) - rank(b));
  for (const variable of section) {
    const last = kept.at(-1);
    if (last === undefined || end(last) <= variable.offset) kept.push(variable);
    else if (last.isValue && !variable.isValue) {
      found.push(last);
      kept[kept.length - 1] = variable;
    } else found.push(variable);
  }
  return found;
}

function listed(names: Names, variables: readonly Variable[]): string {
  const shown = variables.slice(0, LISTED).map(({ name }) => names.text(name));
  const rest = variables.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** Writes a DATASEC for each section, in the order of the file. */
export function writeSections(
  output: Output,
  elf: Elf,
  names: Names,
  variables: readonly Variable[],
  idOf: ReadonlyMap<Variable, TypeId>,
): void {
  const bySection = new Map<number, Variable[]>();
  for (const variable of variables) {
    const section = bySection.get(variable.section);
    if (section === undefined) bySection.set(variable.section, [variable]);
    else section.push(variable);
  }
  for (const index of [...bySection.keys()].sort((a, b) => a - b)) {
    const section = bySection.get(index)!.sort((a, b) => a.offset - b.offset);
    const last = section.at(-1)!;
    const name = names.internText(elf.sections[index]!.name);
    output.add(name, (Kind.DATASEC << 24) | section.length, last.offset + last.size);
    for (const variable of section) {
      output.push(idOf.get(variable)!);
      output.push(variable.offset);
      output.push(variable.size);
    }
  }
}
