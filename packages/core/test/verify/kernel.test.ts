import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { Btf, KINDS, Kind, kflagOf, kindOf, swapByteOrder, vlenOf } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { type Judgement, judgeProgram, rulesOf } from '../../dist/verify/index.js';

// What a kernel answered to BPF_BTF_LOAD, as make-kernel-answers.mjs recorded it.

interface Answer {
  readonly blob: string;
  readonly errno: number;
  readonly message: string;
  readonly log?: string;
}

const [head, ...rest] = readFileSync(new URL('kernel-answers.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const kernel: { release: string; structs: string[]; destructors: string[] } = JSON.parse(head!);
const answers: Answer[] = rest.map(line => JSON.parse(line));
const bytesOf = ({ blob }: Answer) => new Uint8Array(inflateRawSync(Buffer.from(blob, 'base64')));

const options = {
  rules: rulesOf(kernel.release),
  littleEndian: true,
  kernelTypes: {
    has: (name: string) => kernel.structs.includes(name),
    hasDestructor: (name: string) => kernel.destructors.includes(name),
  },
};
const judged = answers.map(answer => ({ ...answer, bytes: bytesOf(answer) })).map(withVerdict);
const refused = judged.filter(({ errno }) => errno !== 0);

function withVerdict<T extends { bytes: Uint8Array }>(answer: T) {
  return { ...answer, verdict: judgeProgram(answer.bytes, options) };
}

const isSilent = ({ meaning }: Judgement) => meaning.endsWith('The verifier gives no message for this.');

describe(`as Linux ${kernel.release} answered`, () => {
  test(`${answers.length} blobs`, () => {
    const ours = judged.map(({ verdict: { accepted, errno, message } }) => ({ accepted, errno, message }));
    expect(ours).toEqual(answers.map(({ errno, message }) => ({ accepted: errno === 0, errno, message })));
  });

  test('with the whole log', () => {
    const logged = judged.filter(({ log }) => log !== undefined);
    for (const { bytes, log } of logged) {
      expect(judgeProgram(bytes, { ...options, log: true }).log.join('\n')).toBe(log!.replace(/\n$/, ''));
    }
    expect(logged.filter(({ errno }) => errno === 0).length).toBeGreaterThan(2);
    expect(logged.length).toBeGreaterThan(100);
  });

  test('to the references that a program keeps to its structs', () => {
    expect(kernel.structs).toContain('task_struct');
    expect(kernel.destructors).toContain('task_struct');
    // It has this one, and no destructor for it.
    expect(kernel.structs).toContain('list_head');
    const withoutTypes = refused.filter(
      ({ bytes, errno }) => judgeProgram(bytes, { ...options, kernelTypes: undefined }).errno !== errno,
    );
    expect(withoutTypes.map(({ errno }) => errno)).toContain(2);
  });
});

describe('of everything that there is', () => {
  test('errnos, silent refusals, refusals that are accepted otherwise', () => {
    expect(new Set(refused.map(({ errno }) => errno))).toEqual(new Set([2, 7, 14, 17, 22, 40, 524]));
    expect(new Set(refused.filter(({ verdict }) => isSilent(verdict)).map(meaning)).size).toBeGreaterThan(20);
    expect(new Set(refused.map(meaning)).size).toBeGreaterThan(80);
    expect(judged.length - refused.length).toBeGreaterThan(50);
  });

  function meaning({ verdict }: { verdict: Judgement }): string {
    return verdict.meaning;
  }
});

/** Byte offsets of a blob's records by type id, [0] unused, as far as they can be told; one more ends the last. */
function recordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = (offset: number) => view.getUint32(offset, true);
  const start = at(4) + at(8);
  const end = Math.min(start + at(12), bytes.length);
  const records = [0, start];
  for (let offset = start; offset + 12 <= end; ) {
    const info = at(offset + 4);
    const { extra, element } = KINDS[kindOf(info)] ?? KINDS[Kind.UNKN]!;
    offset += 4 * (3 + extra + element * vlenOf(info));
    records.push(offset);
  }
  return records;
}

/** Numbers that a message gives, and what of the word at fault they are. */
const NUMBERS: readonly [RegExp, (word: number) => number][] = [
  [/name_offset:(\d+)$/, word => word],
  [/Invalid kind:(\d+)$/, kindOf],
  [/ type_id=(\d+)(?: linkage=\d+)? Invalid type_id$/, word => word],
  [/ type_id=(\d+) bits_offset=\d+ Invalid type_id$/, word => word],
  [/ type_id=(\d+) bitfield_size=\d+ bits_offset=\d+ Invalid type_id$/, word => word],
  [/ type=(\d+) component_idx=-?\d+ Invalid type_id$/, word => word],
  [/ component_idx=(-?\d+) Invalid component_idx$/, word => word | 0],
  [/ linkage=(\d+) Linkage not supported$/, word => word],
  [/ type_id=(\d+) index_type_id=\d+ nr_elems=\d+ Invalid (?:elem|array of int)$/, word => word],
  [/ index_type_id=(\d+) nr_elems=\d+ Invalid index$/, word => word],
  [/ nr_elems=(\d+) Array size overflows U32_MAX$/, word => word],
  [/ bitfield_size=(\d+) bits_offset=\d+ Invalid member bitfield_size$/, word => word >>> 24],
  [
    / bitfield_size=\d+ bits_offset=(\d+) (?:Member|Invalid member (?:bits_)?offset)/,
    word => word & 0xffffff,
  ],
  [/\d bits_offset=(\d+) (?:Member|Invalid member bits_offset|bits_offset exceeds)/, word => word],
  [/ size=(\d+) (?:Unexpected size|Invalid type_size)$/, word => word],
  [/ size=(\d+) vlen=\d+ (?:Unexpected size|size == 0|Invalid btf_info size)$/, word => word],
  [/ size=(\d+) bits_offset=\d+ nr_bits=\d+ .* nr_bits exceeds type_size$/, word => word],
  [/ nr_bits=(\d+) encoding=\S+ (?:nr_bits exceeds 128|Unsupported encoding)$/, word => word & 0xff],
  [/ offset=(\d+) size=\d+ Invalid offset$/, word => word],
  [/ offset=\d+ size=(\d+) Invalid (?:size|offset\+size)$/, word => word],
  [/ type_id=(\d+) offset=\d+ size=\d+ (?:Not a VAR kind member|Invalid type_id)$/, word => word],
  [/ return=(\d+) .* Invalid return type$/, word => word],
];
const HEXADECIMAL: readonly RegExp[] = [/Invalid btf_info:([\da-f]+)$/, /Invalid int_data:([\da-f]+)$/];
/** What holds of the word at fault where the message gives no number. */
const PROPERTIES: readonly [RegExp, (word: number) => boolean][] = [
  [/ vlen != 0$/, word => vlenOf(word) !== 0],
  [/ Invalid btf_info kind_flag$/, kflagOf],
  [/ Invalid func linkage$/, word => vlenOf(word) > 1],
  [/ (?:type|size) != 0$/, word => word !== 0],
];

/** Whether the message says what is at fault; then just that has to stand at the offset. */
function isConfirmed(message: string, word: number): boolean {
  for (const [pattern, take] of NUMBERS) {
    const value = pattern.exec(message)?.[1];
    if (value === undefined) continue;
    expect(take(word), message).toBe(Number(value));
    return true;
  }
  for (const pattern of HEXADECIMAL) {
    const value = pattern.exec(message)?.[1];
    if (value === undefined) continue;
    expect(word, message).toBe(Number.parseInt(value, 16));
    return true;
  }
  for (const [pattern, holds] of PROPERTIES) {
    if (!pattern.test(message)) continue;
    expect(holds(word), message).toBe(true);
    return true;
  }
  return false;
}

describe('the place of a refusal', () => {
  const ofTypes = refused.filter(({ verdict }) => verdict.typeId !== null);
  const ofHeaders = refused.filter(({ verdict }) => verdict.typeId === null);

  test('is the type that the message names', () => {
    let named = 0;
    for (const { message, verdict } of ofTypes) {
      const id = /^\[(\d+)\]/.exec(message)?.[1];
      // Without a word about it the last line is of the last type.
      if (id === undefined || isSilent(verdict)) continue;
      expect(verdict.typeId, message).toBe(Number(id));
      named++;
    }
    expect(named).toBeGreaterThan(600);
  });

  test('is a word of its record, and the one that the message quotes', () => {
    let confirmed = 0;
    for (const { message, bytes, verdict } of ofTypes) {
      const { typeId, offset } = verdict;
      const records = recordsOf(bytes);
      const record = records[typeId!]!;
      expect(Math.abs(offset! - record) % 4, message).toBe(0);
      // A FUNC is refused for a parameter of its FUNC_PROTO.
      if (/^\[\d+\] FUNC .* Invalid arg#\d+$/.test(message)) continue;
      expect(offset, message).toBeGreaterThanOrEqual(record);
      if (offset! + 4 > bytes.length || /meta_left/.test(message)) continue;
      expect(offset, message).toBeLessThan(records[typeId! + 1]!);
      if (isSilent(verdict)) continue;
      const word = new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset!, true);
      if (isConfirmed(message, word)) confirmed++;
    }
    expect(confirmed).toBeGreaterThan(450);
  });

  test('of a parameter is that parameter', () => {
    let parameters = 0;
    for (const { message, bytes, verdict } of ofTypes) {
      const [, kind, number] = /^\[\d+\] (FUNC|FUNC_PROTO) .* Invalid arg#(\d+)$/.exec(message) ?? [];
      if (kind === undefined) continue;
      const records = recordsOf(bytes);
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const own = records[verdict.typeId!]!;
      const prototype = kind === 'FUNC' ? records[view.getUint32(own + 8, true)]! : own;
      const row = prototype + 12 + 8 * (Number(number) - 1);
      expect([row, row + 4], message).toContain(verdict.offset);
      parameters++;
    }
    expect(parameters).toBeGreaterThan(10);
  });

  test('of a name is where its offset stands', () => {
    let names = 0;
    for (const { message, bytes, verdict } of ofTypes) {
      if (!/^\[\d+\] (?!ENUM).* Invalid (?:name|value)$/.test(message)) continue;
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const at = view.getUint32(4, true) + view.getUint32(16, true) + view.getUint32(verdict.offset!, true);
      const name = Buffer.from(bytes.subarray(at, bytes.indexOf(0, at))).toString('latin1');
      expect(message).toContain(at === view.getUint32(4, true) + view.getUint32(16, true) ? '(anon)' : name);
      names++;
    }
    expect(names).toBeGreaterThan(60);
  });

  test('of what is wrong with the header is in it, or where the sections end', () => {
    const at = new Map<string, Set<number>>();
    for (const { message, verdict } of ofHeaders) {
      if (!at.has(message)) at.set(message, new Set());
      at.get(message)!.add(verdict.offset!);
    }
    expect(at.get('Invalid magic')).toEqual(new Set([0]));
    expect(at.get('Unsupported version')).toEqual(new Set([2]));
    expect(at.get('Unsupported flags')).toEqual(new Set([3]));
    expect(at.get('hdr_len not found')).toEqual(new Set([0]));
    expect(at.get('btf_header not found')).toEqual(new Set([4]));
    expect(at.get('No data')).toEqual(new Set([4]));
    expect(at.get('No type found')).toEqual(new Set([12]));
    expect(at.get('Unaligned type_off')).toEqual(new Set([8]));
    expect(at.get('String section is not at the end')).toEqual(new Set([16]));
    expect([8, 16]).toEqual(expect.arrayContaining([...at.get('Invalid section offset')!]));
    expect([12, 20]).toEqual(expect.arrayContaining([...at.get('Total section length too long')!]));
    for (const { message, bytes, verdict } of ofHeaders) {
      if (message === 'Unsupported btf_header') expect(bytes[verdict.offset!], message).not.toBe(0);
    }
  });
});

test('a blob of the other byte order is refused, and taken by a kernel of that order', () => {
  const little = judged.find(({ errno, bytes }) => errno === 0 && bytes.length > 100)!.bytes;
  const big = swapByteOrder(Btf.parse(little));
  const refusal = { accepted: false, errno: 22, message: 'btf_header not found', typeId: null, offset: 4 };
  expect(judgeProgram(little, { ...options, littleEndian: false })).toMatchObject(refusal);
  expect(judgeProgram(big, options)).toMatchObject(refusal);
  expect(judgeProgram(big, { ...options, littleEndian: false }).accepted).toBe(true);
});
