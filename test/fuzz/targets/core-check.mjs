import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import {
  Checker,
  CheckTarget,
  editsFor,
  readNeeds,
  reportOf,
} from '../../../packages/core/dist/core-check/index.js';
import { BpfObject } from '../../../packages/core/dist/core-relo/index.js';
import { loadBtf } from '../../../packages/core/dist/input/index.js';
import { elfWith } from '../mutators/elf.mjs';
import { files, fixture } from '../seeds.mjs';

const open = bytes => BpfObject.open(memorySource(bytes, 'fuzz.o'));
const types = async name => (await loadBtf(memorySource(fixture(name), name), { references: false })).btf;
let kernels;

/** Checks objects against two kernels and against their own types, twice, and asks for edits. */
export default {
  name: 'core-check',
  mutators: elfWith(name =>
    /^\.BTF|^\.?(text|tc|tp|kprobe|raw|rodata|struct_ops)|\/|\.ext$|^\.rel/.test(name),
  ),
  seeds: () => files(['core', 'core-check', 'kernel-roots/programs'], /\.o$/, 14_000),
  async run(bytes) {
    kernels ??= await Promise.all(['core-check/kernel-old.o', 'core-check/kernel-new.o'].map(types));
    const object = open(bytes);
    const needs = readNeeds([object, open(fixture('core-check/flow.o'))]);
    const blobs = object.btf === null ? kernels : [...kernels, object.btf];
    const targets = blobs.map(
      (btf, index) => new CheckTarget(btf, index === 1 ? { release: '6.2.0', config: 'CONFIG_OLD=y\n' } : {}),
    );
    const checker = new Checker(needs);
    const answers = targets.map(target => checker.check(target));
    for (const [index, target] of targets.entries()) {
      const again = JSON.stringify(new Checker(needs).check(target));
      if (again !== JSON.stringify(answers[index])) throw new Error('another answer without what was kept');
    }
    const { findings } = reportOf(
      needs,
      answers.map((one, index) => ({ name: `${index}`, answers: one })),
    );
    for (const finding of findings) {
      if (!finding.isFailure) continue;
      const [there, elsewhere] = [targets[finding.kernels[0]], targets.at(-1)];
      editsFor(finding, { needs, there, elsewhere, suffix: 'new' });
    }
  },
};
