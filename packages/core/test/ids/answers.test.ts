import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Btf } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { Elf } from '@btfkit/core/elf';
import { readBtfIds } from '@btfkit/core/ids';
import { expect, test } from 'vitest';

// What resolve_btfids of Linux 6.12 made of objects: the ids that it put at our places are of the types that we name.

const shared = process.env.BTFKIT_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url));
const folder = join(shared, 'corpus/ids');

interface Case {
  readonly id: string;
  readonly elf: string;
  readonly base: string | null;
  readonly exit_code: number;
  readonly stderr: readonly string[];
  readonly ids_after: string | null;
}

const cases = (): Case[] => JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')).cases;
const skipped = !existsSync(folder);

test.skipIf(skipped)(
  `resolved objects${skipped ? ': no folder of recorded answers (BTFKIT_SHARED)' : ''}`,
  () => {
    let compared = 0;
    for (const { elf: name, base, exit_code, stderr, ids_after } of cases()) {
      // Bases and what stands on them are resolve-ids' matter.
      if (exit_code !== 0 || base !== null || ids_after === null) continue;
      const bytes = Uint8Array.from(readFileSync(join(folder, name)));
      const open = () => Elf.open(memorySource(bytes, name));
      const elf = open();
      if (elf.section('.BTF.base')) continue;
      const before = readBtfIds(elf)!;
      const section = elf.sections[before.section];
      bytes.set(readFileSync(join(folder, ids_after)), section.offset);
      const after = readBtfIds(open())!;
      const btf = Btf.parse(elf.bytes(elf.section('.BTF')!));

      const nameOf = (id: number) => (id === 0 ? undefined : `${btf.type(id).kind} ${btf.typeName(id)}`);
      const wanted = before.ids.map(({ kind, name, offset }) => {
        const unresolved = stderr.some(line => line.endsWith(`unresolved symbol ${name}`));
        const text = `${kind.toUpperCase()} ${name}`;
        return { offset, text: unresolved && btf.findAll(name).length === 0 ? undefined : text };
      });
      const sets = after.sets.map(set => {
        const header = set.kind === 'set' ? 4 : 8;
        return { set, from: set.offset, to: set.offset + header * (set.length + 1) };
      });
      for (const [index, { offset, text }] of wanted.entries()) {
        if (sets.some(({ from, to }) => offset >= from && offset < to)) continue;
        if (text !== undefined && nameOf(after.ids[index].id) === undefined) {
          // The name is there, but of another kind.
          expect(stderr.join()).toContain(before.ids[index].name);
        } else expect(nameOf(after.ids[index].id), `${name} ${offset}`).toBe(text);
        compared++;
      }
      for (const { set, from, to } of sets) {
        const members = wanted.filter(({ offset }) => offset >= from && offset < to);
        expect(set.count, name).toBe(set.length);
        expect(members.length).toBe(set.length);
        expect([...set.ids], name).toEqual([...set.ids].sort((a, b) => a - b));
        expect([...set.ids].map(id => String(nameOf(id))).sort()).toEqual(
          members.map(({ text }) => String(text)).sort(),
        );
        compared += set.length;
      }
    }
    expect(compared).toBeGreaterThan(500);
  },
);
