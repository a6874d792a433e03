import { readFileSync } from 'node:fs';
import { CHECKS, type Check } from '@btfkit/core/doctor';
import { expect, test } from 'vitest';
import { withTable } from '../../../../scripts/doctor-table.mjs';

test('docs/doctor.md has the table of the checks as they are (node scripts/doctor-table.mjs writes it)', () => {
  const text = readFileSync('docs/doctor.md', 'utf8');
  expect(text).toBe(withTable(text));
  for (const { id } of CHECKS as readonly Check[]) expect(text).toContain(`\n| ${id} | `);
});
