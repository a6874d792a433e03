import { readFileSync } from 'node:fs';
import type { Btf } from '@btfkit/core/btf';
import { memorySource, readCString } from '@btfkit/core/bytes';
import { DebugInfo, DieReader, Shapes, Slot, Tag } from '@btfkit/core/dwarf';
import { Elf } from '@btfkit/core/elf';
import { Explainer, type ExplainOptions, type Explanation } from '@btfkit/core/encode';
import { fixtures } from '../encode.js';

export function open(path: string): Elf {
  return Elf.open(memorySource(readFileSync(new URL(path, fixtures)), path));
}

/** What is said of one function of a fixture. */
export async function explained(
  path: string,
  name: string,
  options?: ExplainOptions,
  base?: Btf,
): Promise<Explanation> {
  const [explanation] = await new Explainer(base).explain(open(path), [name], options);
  return explanation!;
}

/** All names that a function of the file has in DWARF or may have in the symbol table. */
export async function namesIn(elf: Elf): Promise<string[]> {
  const names = new Set<string>();
  const info = await DebugInfo.open(elf);
  const reader = new DieReader(info, new Shapes());
  for (const unit of info.units()) {
    reader.enter(unit);
    const top = reader.abbreviation();
    reader.useBases(top, reader.attributes(top));
    for (let depth = reader.shapes.hasChildren[top] === 0 ? 0 : 1; depth > 0; ) {
      const shape = reader.abbreviation();
      if (shape === 0) {
        depth--;
        continue;
      }
      const at = reader.attributes(shape);
      const text = reader.string(shape, at, Slot.name);
      if (reader.shapes.tag[shape] === Tag.subprogram && text !== undefined)
        names.add(readCString(text.bytes, text.at));
      if (reader.shapes.hasChildren[shape] !== 0) depth++;
    }
  }
  const table = elf.symbols();
  for (let i = 1; table !== undefined && i < table.length; i++) names.add(table.name(i).replace(/\..*/, ''));
  return [...names].filter(name => /^[^.]/.test(name));
}
