/**
 * .BTF.ext, which BPF programs carry beside their .BTF: functions, source lines and CO-RE relocations by instruction.
 * Either byte order; read and written.
 *
 * ```ts
 * import { coreRelo, parseBtfExt, renumberBtfExt, writeBtfExt } from '@btfkit/core/ext';
 *
 * // Records are rows of words; each table has its records by ELF section, whose names are offsets into .BTF.
 * const table = (recordSize, ...words) => ({
 *   recordSize,
 *   sections: Uint32Array.of(1),
 *   starts: Uint32Array.of(0, 1),
 *   words: Uint32Array.from(words),
 * });
 * const bytes = writeBtfExt({
 *   littleEndian: true,
 *   headerLength: 32,
 *   headerRest: new Uint8Array(0),
 *   funcInfo: table(8, 0, 5),
 *   lineInfo: table(16, 0, 20, 30, (7 << 10) | 3),
 *   coreRelo: table(16, 24, 2, 40, 0),
 * });
 *
 * const ext = parseBtfExt(bytes);
 * coreRelo(ext.coreRelo, 0); // => { insnOff: 24, typeId: 2, accessStrOff: 40, kind: 0 }
 *
 * // After the types were sorted, say.
 * const sorted = renumberBtfExt(ext, id => id + 10, offset => offset);
 * coreRelo(sorted.coreRelo, 0).typeId; // => 12
 * ```
 */
export { type BtfExt, parseBtfExt, renumberBtfExt, swapBtfExt, writeBtfExt } from './btf-ext.js';
export type { InfoTable } from './info-table.js';
export {
  CORE_RELO_KINDS,
  type CoreRelo,
  CoreReloWord,
  coreRelo,
  type FuncInfo,
  FuncInfoWord,
  funcInfo,
  type LineInfo,
  LineInfoWord,
  lineInfo,
} from './records.js';
