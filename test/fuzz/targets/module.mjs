import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import { Elf } from '../../../packages/core/dist/elf/index.js';
import { ModuleChecker } from '../../../packages/core/dist/module/index.js';
import { contents } from '../../robustness/made.mjs';
import { elfWith } from '../mutators/elf.mjs';
import { fixture } from '../seeds.mjs';

const vmlinux = fixture('module/mini-vmlinux.btf');
const config = new Map([['CONFIG_SMP', 'y']]);
const options = [
  { release: '6.12' },
  { release: '7.3', config, allowMismatch: true },
  { release: '5.15', allowMismatch: true },
];
const checkers = options.map(one => new ModuleChecker(vmlinux, one));

/** Asks kernels of three releases whether they take a module. */
export default {
  name: 'module',
  mutators: elfWith(name => /^\.(BTF|modinfo|init|rela|symtab|strtab|gnu\.linkonce)|__versions/.test(name)),
  seeds: () => [fixture('inputs/btfkit_demo.ko'), contents()['module.ko'], contents()['plain.ko']],
  run(bytes) {
    for (const checker of checkers) {
      const report = checker.check(Elf.open(memorySource(bytes, 'fuzz.ko')));
      if (!(report.btf.errno >= 0)) throw new Error(`errno ${report.btf.errno}`);
      JSON.stringify(report);
    }
  },
};
