/**
 * Layouts of structs from BTF alone, byte for byte as pahole prints them: offsets, sizes, holes, cache lines, and
 * which order of the members would save space.
 *
 * ```ts
 * import { BtfBuilder } from '@btfkit/core/btf';
 * import { Layouts } from '@btfkit/core/layout';
 *
 * const builder = new BtfBuilder();
 * const long = builder.add({ kind: 'INT', name: 'long int', size: 8, encoding: 1, bitOffset: 0, bits: 64 });
 * const char = builder.add({ kind: 'INT', name: 'char', size: 1, encoding: 1, bitOffset: 0, bits: 8 });
 * const member = (name, type, bitOffset) => ({ name, type, bitOffset, bitfieldSize: 0 });
 * const members = [member('a', char, 0), member('b', long, 64), member('c', char, 128)];
 * builder.add({ kind: 'STRUCT', name: 'gappy', size: 24, kflag: false, members });
 *
 * const layouts = new Layouts(builder.parse());
 * const [id] = layouts.named('gappy');
 * layouts.print(id).split('\n')[3]; // => '\t/* XXX 7 bytes hole, try to pack *\/'
 * layouts.describe(id).statistics.sumHoles; // => 7
 * layouts.describeReorganized(id).members.map(({ name }) => name); // => ['a', 'c', 'b']
 * [...layouts.packable()].map(({ name, saved }) => `${name} ${saved}`); // => ['gappy 8']
 * ```
 */
export type { Description, MemberDescription } from './describe.js';
export { type ContainerRow, Layouts, type PackableRow, type Row, type SizeRow } from './layouts.js';
export type { LayoutOptions } from './model.js';
export type { Statistics, Within } from './statistics.js';
