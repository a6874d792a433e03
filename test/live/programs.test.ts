import { readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { liveAvailable } from '../../packages/cli/dist/live/ask.js';
import { Btf } from '../../packages/core/dist/btf/index.js';
import { memorySource } from '../../packages/core/dist/bytes/index.js';
import { applyCore, BpfObject, CoreTarget } from '../../packages/core/dist/core-relo/index.js';
import { loadBtf } from '../../packages/core/dist/input/index.js';
import { runRawTracepoint } from './bpf.mjs';

// Programs that we relocated, as the running kernel takes and runs them. They return 0, or the line that says otherwise.

const unavailable = arch() === 'x64' ? liveAvailable() : 'made for x86-64';
if (unavailable !== null) test.skip(`the running kernel and programs (skipped: ${unavailable})`);
else describe('the running kernel runs', runThem);

function runThem() {
  const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/core/${name}`, import.meta.url));
  const source = (path: string) => memorySource(readFileSync(path), path);

  /** What becomes of each program of an object, its section taken by itself. */
  function results(path: string, target: CoreTarget) {
    const object = BpfObject.open(source(path));
    const { bytes } = applyCore(object, target);
    return object.programs
      .filter(({ isLoaded, sectionName }) => isLoaded && sectionName !== '.text')
      .map(({ name, section, start, length }) => {
        const at = section.offset + 8 * start;
        const { errno, log, result } = runRawTracepoint(bytes.slice(at, at + 8 * length));
        return { name, errno, log: errno === 0 ? '' : log, result };
      });
  }

  const fine = (name: string) => ({ name, errno: 0, log: '', result: 0 });

  test('what was relocated for its own types', () => {
    const vmlinux = Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'), { references: false });
    const found = results(fixture('running-el.o'), new CoreTarget(vmlinux));
    expect(found).toEqual(['ids', 'guarded', 'types'].map(fine));
  });

  test('what was relocated for types of ours', async () => {
    const { btf } = await loadBtf(source(fixture('kernel-el.o')), { references: false });
    const found = results(fixture('program-el.o'), new CoreTarget(btf));
    const names = ['fields', 'loads', 'bitfields', 'types', 'enums', 'guarded'];
    // The last one reads what no tracepoint hands over.
    const pointer = { ...fine('pointer'), errno: 13, result: undefined };
    pointer.log = expect.stringContaining('invalid bpf_context access off=86 size=8');
    expect(found).toEqual([...names.map(fine), pointer]);
  });
}
