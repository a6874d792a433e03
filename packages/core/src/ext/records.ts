import type { StringOffset, TypeId } from '../btf/index.js';
import type { InfoTable } from './info-table.js';

/** Words of a func_info record (struct bpf_func_info_min) by their place. */
export const FuncInfoWord = { INSN_OFF: 0, TYPE_ID: 1 } as const;
/** Words of a line_info record (struct bpf_line_info_min). The last is line << 10 | column. */
export const LineInfoWord = { INSN_OFF: 0, FILE_NAME_OFF: 1, LINE_OFF: 2, LINE_COL: 3 } as const;
/** Words of a core_relo record (struct bpf_core_relo). */
export const CoreReloWord = { INSN_OFF: 0, TYPE_ID: 1, ACCESS_STR_OFF: 2, KIND: 3 } as const;

/** Bytes that a record has at least: what this library knows of it. */
export const FUNC_INFO_SIZE = 8;
export const LINE_INFO_SIZE = 16;
export const CORE_RELO_SIZE = 16;

/** enum bpf_core_relo_kind by value, in libbpf's words. */
export const CORE_RELO_KINDS = [
  'byte_off',
  'byte_sz',
  'field_exists',
  'signed',
  'lshift_u64',
  'rshift_u64',
  'local_type_id',
  'target_type_id',
  'type_exists',
  'type_size',
  'enumval_exists',
  'enumval_value',
  'type_matches',
] as const;

/** Where a function begins. */
export interface FuncInfo {
  /** In bytes from the start of the ELF section. */
  readonly insnOff: number;
  /** A FUNC. */
  readonly typeId: TypeId;
}

/** Which source line an instruction is of. */
export interface LineInfo {
  readonly insnOff: number;
  readonly fileNameOff: StringOffset;
  /** The line's text. */
  readonly lineOff: StringOffset;
  readonly line: number;
  readonly column: number;
}

/** What of an instruction depends on the kernel's types. */
export interface CoreRelo {
  readonly insnOff: number;
  /** The root type of the access. */
  readonly typeId: TypeId;
  /** Indices of the access: "0:1:2". */
  readonly accessStrOff: StringOffset;
  /** Index into CORE_RELO_KINDS; a newer one may be above. */
  readonly kind: number;
}

/** Record `index` of a func_info table as an object, made now. */
export function funcInfo(table: InfoTable, index: number): FuncInfo {
  const at = recordAt(table, index);
  return { insnOff: table.words[at], typeId: table.words[at + FuncInfoWord.TYPE_ID] };
}

/** Record `index` of a line_info table as an object, made now. */
export function lineInfo(table: InfoTable, index: number): LineInfo {
  const at = recordAt(table, index);
  const { words } = table;
  const place = words[at + LineInfoWord.LINE_COL];
  return {
    insnOff: words[at],
    fileNameOff: words[at + LineInfoWord.FILE_NAME_OFF],
    lineOff: words[at + LineInfoWord.LINE_OFF],
    line: place >>> 10,
    column: place & 0x3ff,
  };
}

/** Record `index` of a core_relo table as an object, made now. */
export function coreRelo(table: InfoTable, index: number): CoreRelo {
  const at = recordAt(table, index);
  const { words } = table;
  return {
    insnOff: words[at],
    typeId: words[at + CoreReloWord.TYPE_ID],
    accessStrOff: words[at + CoreReloWord.ACCESS_STR_OFF],
    kind: words[at + CoreReloWord.KIND],
  };
}

function recordAt(table: InfoTable, index: number): number {
  const count = table.starts[table.starts.length - 1];
  if (!(index >= 0 && index < count)) throw new RangeError(`record ${index} of ${count}`);
  return index * (table.recordSize / 4);
}
