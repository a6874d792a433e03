import { Btf } from '../../../packages/core/dist/btf/index.js';
import { FormatError } from '../../../packages/core/dist/bytes/index.js';
import {
  judgeAsLibbpf,
  judgeModule,
  judgeProgram,
  judgeVmlinux,
  NEWEST_RELEASE,
  releaseGroups,
  rulesOf,
} from '../../../packages/core/dist/verify/index.js';
import { generate } from '../../live/generate.mjs';
import { random } from '../../robustness/cases.mjs';
import { btf } from '../mutators/btf.mjs';
import { files, fixture, sectionsOf } from '../seeds.mjs';

const groups = releaseGroups();
const newest = rulesOf(NEWEST_RELEASE);
const vmlinuxBytes = fixture('module/mini-vmlinux.btf');
const base = Btf.parse(vmlinuxBytes);
const vmlinux = judgeVmlinux(vmlinuxBytes, { rules: newest, littleEndian: true });
const distilled = files(['functions'], /\.distilled_base\.btf$/, 2000)[0];

/** All judges, by the newest rules and by those of another release. They may refuse, but never throw. */
function verdicts(bytes) {
  const given = [];
  const other = groups[bytes.length % groups.length].rules;
  const littleEndian = bytes[0] !== 0xeb;
  for (const rules of [newest, other]) {
    const options = { rules, littleEndian };
    const short = judgeProgram(bytes, options);
    const long = judgeProgram(bytes, { ...options, log: true });
    if (short.errno !== long.errno || short.message !== long.message) {
      throw new Error(`with a log it is another: ${short.message} / ${long.message}`);
    }
    const kernel = judgeVmlinux(bytes, options);
    given.push(short, kernel);
    given.push(judgeModule({ btf: bytes }, vmlinux, options));
    given.push(judgeModule({ btf: bytes, base: distilled }, kernel, options));
  }
  given.push(judgeAsLibbpf(bytes), judgeAsLibbpf(bytes, { base }));
  return given;
}

export default {
  name: 'verify',
  mutators: btf,
  seeds: () => [
    ...files(['dwarf', 'functions', 'units'], /\.btf$/, 1000),
    ...sectionsOf([fixture('fuzz/seeds/probe.bpfeb.o'), fixture('fuzz/seeds/probe.bpfel.o')], '.BTF'),
    fixture('module/btfkit_demo.btf'),
    ...Array.from({ length: 100 }, (_, seed) => generate(random(seed)).bytes),
  ],
  run(bytes) {
    let given;
    try {
      given = verdicts(bytes);
    } catch (error) {
      throw error instanceof FormatError ? new Error(`a judge threw: ${error.message}`) : error;
    }
    for (const { accepted, errno, message } of given) {
      if (accepted !== (errno === 0)) throw new Error(`accepted: ${accepted}, errno ${errno}`);
      if (message.includes('\n')) throw new Error(`of two lines: ${message}`);
    }
    if (given.every(({ accepted }) => !accepted)) throw new FormatError(given[0].message);
  },
};
