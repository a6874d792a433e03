import { Btf } from '@btfkit/core/btf';
import { FormatError } from '@btfkit/core/bytes';
import { judgeAsLibbpf, judgeModule, judgeProgram, judgeVmlinux, releaseGroups } from '@btfkit/core/verify';
import fc from 'fast-check';
import { expect, test } from 'vitest';

// What judges and the parser make of bytes that are nobody's blob. Mutated blobs are what test/fuzz does.

const rules = releaseGroups().map(group => group.rules);

/** A header that leads to random types and strings, in either byte order. */
const withHeader = fc
  .record({
    types: fc.array(word(), { maxLength: 30 }),
    strings: fc.uint8Array({ maxLength: 12 }),
    little: fc.boolean(),
  })
  .map(({ types, strings, little }) => {
    const bytes = new Uint8Array(24 + 4 * types.length + strings.length + 2);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, 0xeb9f, little);
    view.setUint8(2, 1);
    const length = 4 * types.length;
    [24, 0, length, length, strings.length + 2, ...types].forEach((value, index) => {
      view.setUint32(4 + 4 * index, value, little);
    });
    bytes.set(strings, 24 + length + 1);
    return bytes;
  });

/** Words as records have them: names, ids and sizes, infos. */
function word(): fc.Arbitrary<number> {
  const info = fc
    .tuple(fc.nat(24), fc.nat(3), fc.boolean())
    .map(([kind, vlen, kflag]) => ((kflag ? 0x80000000 : 0) | (kind << 24) | vlen) >>> 0);
  return fc.oneof(fc.nat(12), info, fc.nat(0xffffffff));
}

const afterMagic = fc
  .tuple(fc.constantFrom([0x9f, 0xeb, 1, 0, 24, 0, 0, 0], [0xeb, 0x9f, 1, 0, 0, 0, 0, 24]), fc.uint8Array())
  .map(([start, rest]) => Uint8Array.from([...start, ...rest]));

const bytes = fc.oneof(fc.uint8Array({ maxLength: 100 }), afterMagic, { arbitrary: withHeader, weight: 4 });

test('every judge, by the rules of every release, answers and does not throw', () => {
  const messages = new Set<string>();
  fc.assert(
    fc.property(bytes, fc.constantFrom(...rules), fc.boolean(), (blob, one, littleEndian) => {
      const options = { rules: one, littleEndian };
      const vmlinux = judgeVmlinux(blob, options);
      const answers = [
        judgeProgram(blob, options),
        vmlinux,
        judgeModule({ btf: blob, base: blob }, vmlinux, options),
        judgeAsLibbpf(blob),
      ];
      for (const { accepted, errno, message } of answers) {
        expect(errno === 0).toBe(accepted);
        expect(message).not.toContain('\n');
        messages.add(message.replace(/\d+/g, '#'));
      }
    }),
    { seed: 612, numRuns: 4000 },
  );
  // Random bytes that are all refused for one reason would test little.
  expect(messages.size).toBeGreaterThan(40);
});

test('the parser takes them or throws a FormatError', () => {
  let taken = 0;
  fc.assert(
    fc.property(bytes, blob => {
      try {
        const btf = Btf.parse(blob);
        for (let id = 0; id < btf.endId; id++) btf.type(id);
        taken++;
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        expect(error.message).not.toContain('\n');
      }
    }),
    { seed: 612, numRuns: 4000 },
  );
  expect(taken).toBeGreaterThan(20);
});
