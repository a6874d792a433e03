import { readFileSync } from 'node:fs';
import { FormatError } from '@btfkit/core/bytes';
import { parseBtfExt, swapBtfExt, writeBtfExt } from '@btfkit/core/ext';
import { expect, test } from 'vitest';
import { probeSection } from './probe.js';

// answers.jsonl has edits of the probe's two sections and whether btf_ext__new of libbpf f7081a6b accepts what they
// make (on x86-64). An edit is [offset, bytes of the field, value].

interface Answer {
  readonly order: 'el' | 'eb';
  readonly edits: readonly [number, 1 | 4, number][];
  readonly length: number;
  readonly accepted: boolean;
}

const answers: Answer[] = readFileSync(new URL('answers.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line));
const wholes = { el: probeSection('el', '.BTF.ext'), eb: probeSection('eb', '.BTF.ext') };

function edited({ order, edits, length }: Answer): Uint8Array {
  const bytes = wholes[order].slice();
  const view = new DataView(bytes.buffer);
  for (const [offset, size, value] of edits) {
    if (size === 1) view.setUint8(offset, value);
    else view.setUint32(offset, value, order === 'el');
  }
  return bytes.subarray(0, length);
}

test(`accepts what libbpf accepts: ${answers.length} recorded answers`, () => {
  expect(answers.length).toBeGreaterThan(200);
  for (const answer of answers) {
    const bytes = edited(answer);
    let error: unknown;
    try {
      const ext = parseBtfExt(bytes);
      // However it was laid out, what is written holds the same.
      const written = writeBtfExt(ext);
      expect({ ...parseBtfExt(written), headerRest: 0 }).toEqual({ ...ext, headerRest: 0 });
    } catch (caught) {
      error = caught;
    }
    expect(error === undefined, JSON.stringify(answer)).toBe(answer.accepted);
    if (error === undefined) continue;
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).where).toMatchObject({ section: '.BTF.ext', offset: expect.any(Number) });
  }
});

test('the two byte orders are each other swapped', () => {
  for (const [one, other] of [
    [wholes.el, wholes.eb],
    [wholes.eb, wholes.el],
  ] as const) {
    expect(writeBtfExt(parseBtfExt(one))).toEqual(one);
    expect(writeBtfExt(swapBtfExt(parseBtfExt(one)))).toEqual(other);
  }
});
