import { readdirSync, readFileSync } from 'node:fs';
import { Btf, Kind } from '@btfkit/core/btf';
import { dedup, merge } from '@btfkit/core/dedup';
import { describe, expect, test } from 'vitest';
import { deduplicated } from './dedup.js';
import { listing } from './listing.mjs';

const fixtures = new URL('../../../../fixtures/', import.meta.url);
const load = (path: string, base?: Btf) =>
  Btf.parse(readFileSync(new URL(path, fixtures)), { base, name: path });
const golden = readdirSync(new URL('dwarf/', fixtures)).filter(name => name.endsWith('.btf'));

describe('what pahole made of the fixtures', () => {
  test.each(golden)('%s is deduplicated already, and again when merged with itself', name => {
    const btf = load(`dwarf/${name}`);
    const types = listing(btf);
    expect(listing(deduplicated(btf))).toEqual(types);
    const isPlace = (id: number) => btf.kind(id) === Kind.VAR || btf.kind(id) === Kind.DATASEC;
    const places = types.filter((_, i) => isPlace(i + 1)).length;
    expect(deduplicated(merge([btf, btf])).endId - 1).toBe(types.length + places);
  });

  test('the module keeps all its types on its kernel, and has none left on itself', () => {
    const kernel = load('module/mini-vmlinux.btf');
    const module = load('module/btfkit_demo.btf', kernel);
    expect(listing(deduplicated(module))).toEqual(listing(module));
    const both = Btf.parse(dedup(merge([module, module], kernel)), { base: kernel });
    const places = listing(module).filter(line => /^(VAR|DATASEC) /.test(line));
    expect(both.endId - both.startId).toBe(module.endId - module.startId + places.length);
  });
});
