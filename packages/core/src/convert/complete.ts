import { assemble, type Btf, CLASSIC_HEADER, infoOf, Kind, kindOf, Linkage, vlenOf } from '../btf/index.js';
import { intData } from './additions.js';
import { RecordWriter } from './records.js';

/**
 * A program's BTF with the gaps filled in that a compiler leaves to the loader: sizes of sections, what is extern
 * (libbpf's bpf_object_fixup_btf, bpf_object__collect_externs). Sizes and places are made up here, good enough to be judged
 * and not to be loaded. Undefined where there are no gaps. Types keep their ids.
 */
export function completed(btf: Btf): Uint8Array | undefined {
  const { words, offsets } = btf;
  const written = new RecordWriter(words.length);
  let gaps = 0;
  for (let own = 0; own < offsets.length; own++) {
    const record = words.subarray(offsets[own]!, offsets[own + 1]);
    const whole = completedRecord(btf, record);
    if (whole !== record) gaps++;
    written.add(whole);
  }
  if (gaps === 0) return undefined;
  const { littleEndian, header, layout } = btf;
  return assemble(
    { words: written.take(), strings: btf.strings.bytes },
    { littleEndian, layout, headerLength: header.headerLength > CLASSIC_HEADER ? 32 : 24 },
  );
}

function completedRecord(btf: Btf, record: Uint32Array): ArrayLike<number> {
  const [name, info, third] = record as unknown as [number, number, number];
  const kind = kindOf(info);
  if (kind === Kind.VAR && record[3] === Linkage.EXTERN) return [name, info, third, Linkage.GLOBAL];
  // Its parameters may be without names, which libbpf then makes up.
  if (kind === Kind.FUNC && vlenOf(info) === Linkage.EXTERN) {
    return [name, infoOf(Kind.TYPEDEF, 0, false), third];
  }
  return kind === Kind.DATASEC ? completedSection(btf, record) : record;
}

function completedSection(btf: Btf, record: Uint32Array): ArrayLike<number> {
  const rows: number[] = [];
  let end = 0;
  for (let row = 3; row < record.length; row += 3) {
    const [type, , size] = record.subarray(row, row + 3) as unknown as [number, number, number];
    // .ksyms lists functions, too.
    if (btf.kind(type) !== Kind.VAR) continue;
    rows.push(type, end, size);
    end += size;
  }
  const isWhole = rows.length === record.length - 3;
  if (isWhole && record[2] !== 0) return record;
  if (rows.length === 0) return [record[0]!, infoOf(Kind.INT, 0, false), 1, intData(0, 8)];
  return [record[0]!, infoOf(Kind.DATASEC, rows.length / 3, false), end, ...rows];
}
