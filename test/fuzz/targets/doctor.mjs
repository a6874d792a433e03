import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import {
  Diagnosis,
  emptyScene,
  LogReader,
  messageTable,
  openSubject,
} from '../../../packages/core/dist/doctor/index.js';
import { elfSymbols } from '../mutators/elf.mjs';
import { fixture } from '../seeds.mjs';

const table = messageTable();
let base;

/** The same bytes as a log, and as a file that is looked at beside a kernel. */
export default {
  name: 'doctor',
  mutators: elfSymbols,
  seeds: () =>
    ['doctor/messages.json', 'inputs/btfkit_demo.ko', 'core/program-el.o', 'module/mini-vmlinux.btf'].map(
      fixture,
    ),
  async run(bytes) {
    const diagnosis = new Diagnosis();
    const reader = new LogReader(table, sighting => diagnosis.hear('log', sighting));
    reader.feed(bytes);
    reader.end();
    diagnosis.endLog();
    base ??= await openSubject(memorySource(fixture('module/mini-vmlinux.btf'), 'vmlinux.btf'));
    const subject = await openSubject(memorySource(bytes, 'fuzz.ko'));
    const scene = {
      ...emptyScene(),
      kernel: { value: '6.12', from: 'fuzz' },
      vmlinux: base,
      programs: [subject],
    };
    diagnosis.lookAround(scene);
    diagnosis.look(subject, scene);
    diagnosis.findings(scene);
  },
};
