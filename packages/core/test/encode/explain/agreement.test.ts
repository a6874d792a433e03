import { type Btf, Kind } from '@btfkit/core/btf';
import { Explainer, type Explanation } from '@btfkit/core/encode';
import { describe, expect, test } from 'vitest';
import { load } from '../encode.js';
import { basePath, features, objects, ours } from '../functions/answers.js';
import { namesIn, open } from './explained.js';

// What is explained of each function of each object, beside the BTF that the encoder makes of it.

const sets = ['default', 'no-consistent_func', 'true_signature'];
const withTable = objects.filter(object => !object.includes('nosymtab'));

describe.each(sets)('%s', set => {
  test.each(withTable)('%s', async object => {
    const path = basePath(object);
    const base = path === undefined ? undefined : load(`functions/${path}`);
    const btf = await ours(object, set).catch(() => undefined);
    // A few objects have what BTF cannot say.
    if (btf === undefined) return;
    const elf = open(`functions/${object}`);
    const explanations = await new Explainer(base).explain(elf, await namesIn(elf), {
      features: features(set),
    });
    expect(namesOf(explanations.filter(({ func }) => func?.baseId === null))).toEqual(ownFunctions(btf));
    for (const explanation of explanations) expectSound(explanation);
  });
});

const namesOf = (explanations: readonly Explanation[]) => explanations.map(({ func }) => func!.name).sort();

function ownFunctions(btf: Btf): string[] {
  const names: string[] = [];
  for (let id = btf.startId; id < btf.endId; id++)
    if (btf.kind(id) === Kind.FUNC) names.push(btf.typeName(id));
  return names.sort();
}

function expectSound({ asked, inBtf, reason, verdict, func, functions, difference }: Explanation): void {
  expect(inBtf).toBe(reason === null);
  expect(inBtf).toBe(func !== null);
  expect(verdict.startsWith(`${asked} is ${inBtf ? '' : 'not '}in the BTF`), verdict).toBe(true);
  expect(verdict).not.toMatch(/null|NaN|\[object|\(\)/);
  if (reason === 'inconsistent prototypes') expect(difference?.what.length).toBeGreaterThan(0);
  if (func !== null) expect(functions[func.from]?.name).toBe(asked);
}
