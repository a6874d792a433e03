import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Btf, BtfBuilder, builtinLayout, kindOf, vlenOf } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { judgeAsLibbpf, type LibbpfVerdict, meaningOf } from '../../dist/verify/libbpf/index.js';
import { caseOf } from './libbpf-cases.mjs';

const lines = (name: string) =>
  readFileSync(new URL(name, import.meta.url), 'utf8')
    .trim()
    .split('\n');

/** The number that a message gives of a word, and what to take of the word at fault to compare. */
const WORDS: [RegExp, (word: number) => number][] = [
  [/\(string offset (\d+)\)$/, word => word],
  [/invalid referenced type ID (\d+)$/, word => word],
  [/referenced type \[(\d+)\] is not FUNC_PROTO$/, word => word],
  [/^Unsupported BTF_KIND: ?(\d+)$/, kindOf],
  [/ for kind (\d+)$/, kindOf],
];

/** What the message says is at fault has to be what stands there. Returns whether it says anything. */
function checkPlace(bytes: Uint8Array, { message, typeId, offset }: LibbpfVerdict): boolean {
  const id = message.match(/type \[(\d+)\](?:: | is malformed)/)?.[1];
  if (id !== undefined) expect(typeId).toBe(Number(id));
  for (const [pattern, take] of WORDS) {
    const value = message.match(pattern)?.[1];
    if (value === undefined) continue;
    const word = new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset!, bytes[0] === 0x9f);
    expect(take(word)).toBe(Number(value));
    expect(typeId).not.toBeNull();
    return true;
  }
  return id !== undefined;
}

describe('as libbpf answered', () => {
  interface Answer {
    readonly seed: number;
    readonly errno: number | 'wild';
    readonly message: string;
  }
  const answers: Answer[] = lines('libbpf-answers.jsonl').map(line => JSON.parse(line));
  const rules = new Set<string | null>();

  test(`${answers.length} blobs with something wrong`, () => {
    let placed = 0;
    for (const { seed, errno, message } of answers) {
      const { bytes, base } = caseOf(seed);
      const verdict = judgeAsLibbpf(bytes, { base });
      // Where libbpf returned a pointer that is none, it gave no errno.
      const theirs = errno === 'wild' ? 22 : errno;
      expect({ seed, errno: verdict.errno, message: verdict.message }).toEqual({
        seed,
        errno: theirs,
        message,
      });
      expect(verdict.accepted).toBe(errno === 0);
      expect(verdict.rule === 'record-wraps').toBe(errno === 'wild');
      if (checkPlace(bytes, verdict)) placed++;
      rules.add(verdict.rule);
    }
    expect(placed).toBeGreaterThan(300);
  });

  test('by every rule there is, each with its meaning', () => {
    // 10 of the header, 2 of strings, 1 of the layout, 4 of kinds, 3 of records, 3 of references, and none broken.
    expect(rules.size).toBe(10 + 2 + 1 + 4 + 3 + 3 + 1);
    for (const rule of rules) if (rule !== null) expect(meaningOf(rule as never)).toMatch(/\.$/);
  });
});

const shared = process.env.BTFKIT_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url));
const corpus = `${shared}/corpus/verify`;

describe.skipIf(!existsSync(corpus))(`recorded cases (skipped where ${corpus} is missing)`, () => {
  test('accepted or not', () => {
    const { cases } = JSON.parse(readFileSync(`${corpus}/expected.json`, 'utf8'));
    const wrong = cases.filter(
      ({ file, libbpf }: { file: string; libbpf: { accepted: boolean; ret: number } }) => {
        const verdict = judgeAsLibbpf(new Uint8Array(readFileSync(`${corpus}/${file}`)));
        return verdict.accepted !== libbpf.accepted || verdict.errno !== -libbpf.ret;
      },
    );
    expect(cases.length).toBeGreaterThan(1000);
    expect(wrong).toEqual([]);
  });
});

const int = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 } as const;

describe('what a reader is stricter about, or laxer', () => {
  test('what a function returns is not looked at', () => {
    const builder = new BtfBuilder();
    builder.add({ kind: 'FUNC_PROTO', name: '', returns: 7, params: [] });
    expect(judgeAsLibbpf(builder.build()).accepted).toBe(true);
    expect(() => builder.parse()).toThrow('type id 7');
  });

  test('location kinds are known from a layout section only', () => {
    const blob = (layout?: ReturnType<typeof builtinLayout>) => {
      const builder = new BtfBuilder({ layout });
      builder.add({ kind: 'LOC_PROTO', name: '', params: [7] });
      return builder.build();
    };
    expect(judgeAsLibbpf(blob())).toMatchObject({
      accepted: false,
      errno: 22,
      message: 'Unsupported BTF_KIND: 21',
      typeId: 1,
      offset: 28,
    });
    expect(judgeAsLibbpf(blob(builtinLayout(23))).accepted).toBe(true);
  });

  test("the layout of a base counts, that of the base's base does not", () => {
    const above = (base: Btf | undefined, more = {}) => {
      const builder = new BtfBuilder({ base, ...more });
      builder.add({ ...int, name: `int${base?.endId}` });
      return builder;
    };
    const bottom = above(undefined, { layout: builtinLayout(23) }).parse();
    const middle = above(bottom).parse();
    const located = (base: Btf) => {
      const builder = above(base);
      builder.add({ kind: 'LOC_PROTO', name: '', params: [] });
      return judgeAsLibbpf(builder.build(), { base });
    };
    expect(located(bottom).accepted).toBe(true);
    expect(located(middle)).toMatchObject({ message: 'Unsupported BTF_KIND: 21', typeId: 4 });
  });
});

test('what is printed about a blob that is accepted is in the log alone', () => {
  const blob = new BtfBuilder({ headerLength: 32 }).build();
  const longer = new Uint8Array(blob.length + 8);
  longer.set(blob.subarray(0, 32));
  longer[37] = 1;
  longer.set(blob.subarray(32), 40);
  longer[4] = 40;
  expect(judgeAsLibbpf(longer)).toMatchObject({
    accepted: true,
    message: '',
    log: ['Unknown BTF header data at offset 37; modification is disallowed'],
  });
});

describe('huge claims', () => {
  test('of every length take no memory', () => {
    const blob = new BtfBuilder();
    blob.add(int);
    for (const field of [4, 8, 12, 16, 20]) {
      const bytes = blob.build();
      new DataView(bytes.buffer).setUint32(field, 0xffffffff, true);
      expect(judgeAsLibbpf(bytes).accepted).toBe(false);
    }
  });

  test('of elements', () => {
    const bytes = new BtfBuilder().build();
    const types = new Uint8Array(24 + 12 + bytes.length - 24);
    types.set(bytes.subarray(0, 24));
    types.set(bytes.subarray(24), 36);
    const view = new DataView(types.buffer);
    view.setUint32(12, 12, true);
    view.setUint32(16, 12, true);
    view.setUint32(28, (15 << 24) | 0xffffff, true);
    expect(vlenOf(view.getUint32(28, true))).toBe(0xffffff);
    expect(judgeAsLibbpf(types)).toMatchObject({
      message: 'BTF type [1] is malformed',
      typeId: 1,
      offset: 28,
    });
  });
});
