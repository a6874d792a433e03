/**
 * BTF: parsing, looking at, building and writing it, all kinds and both byte orders.
 *
 * ```ts
 * import { Btf, BtfBuilder, Kind, swapByteOrder } from '@btfkit/core/btf';
 *
 * const builder = new BtfBuilder();
 * const int = builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
 * builder.add({
 *   kind: 'STRUCT',
 *   name: 'point',
 *   size: 8,
 *   kflag: false,
 *   members: [
 *     { name: 'x', type: int, bitOffset: 0, bitfieldSize: 0 },
 *     { name: 'y', type: int, bitOffset: 32, bitfieldSize: 0 },
 *   ],
 * });
 *
 * const btf = Btf.parse(builder.build());
 * const id = btf.find('point', Kind.STRUCT); // => 2
 * btf.typeName(id); // => 'point'
 * btf.type(id).members.map(member => member.bitOffset); // => [0, 32]
 *
 * // The same blob for a big-endian machine.
 * const swapped = Btf.parse(swapByteOrder(btf));
 * swapped.littleEndian; // => false
 * swapped.type(id).members[1].name; // => 'y'
 * ```
 */
export { Btf, countTypes, type ParseOptions, type TypeId } from './btf.js';
export { BtfBuilder, type BuilderOptions } from './builder.js';
export { checkType } from './check.js';
export { swapByteOrder } from './endian.js';
export { type BtfHeader, CLASSIC_HEADER, LAYOUT_HEADER, MAGIC } from './header.js';
export {
  FIRST_OPEN_KIND,
  IntEncoding,
  infoOf,
  KINDS,
  Kind,
  type KindShape,
  kflagOf,
  kindName,
  kindOf,
  Linkage,
  MAX_KIND,
  MAX_VLEN,
  Third,
  vlenOf,
} from './kinds.js';
export { sizeOfLong } from './pointer-size.js';
export { BUILTIN_SHAPES, type LayoutEntry, type Shapes } from './shapes.js';
export { type StringOffset, Strings } from './strings.js';
export { type KindCount, type Summary, summarize } from './summary.js';
export type * from './view.js';
export { assemble, builtinLayout, type Sections, type WriteOptions } from './write.js';
