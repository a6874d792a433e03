import { type Btf, Kind, type TypeId } from '../../btf/index.js';
import type { Check, Proof } from '../check.js';
import { offsetOf, placeText } from '../places.js';
import { versions } from '../scene.js';
import type { Subject } from '../subject.js';

export const zeroSizeSymbol: Check = {
  id: 'S07',
  title: 'pahole 1.18 stops at a symbol without a size',
  stage: 'build',
  severity: 'error',
  texts: [
    "PAHOLE: Error: Found symbol of zero size when encoding btf (sym: '{symbol:w}'",
    'Found symbol of zero size when encoding btf',
    "PAHOLE: Error: Use '--btf_encode_force' to ",
  ],
  looksAt: 'per-CPU symbols of size 0 in vmlinux, with the version of pahole',
  means:
    'pahole meets a per-CPU symbol whose size is 0 ({symbol|on arm64 those of KVM, __kvm_nvhe_…}) and gives up, or crashes after that line.',
  causes: [
    {
      what: 'pahole 1.18, which does not step over such symbols',
      remedy:
        'pahole 1.19 or newer; or --btf_encode_force; or --skip_encoding_btf_vars, as kernel scripts pass it to 1.18 to 1.21',
    },
  ],
  affects: 'pahole 1.18, arm64 kernels from 5.9 above all',
  source: ['Flatcar: dwarves 1.19', 'scripts/pahole-flags.sh'],
  *inFile(subject, scene, said) {
    if (subject.kind !== 'vmlinux' || (scene.pahole?.value !== 118 && !said)) return;
    const symbol = zeroSizePerCpu(subject);
    if (symbol === undefined) return;
    yield {
      where: subject.path,
      seen: `symbol ${symbol}, size 0, in a per-CPU section`,
      how: versions(scene),
    };
  },
};

const STT_OBJECT = 1;

function zeroSizePerCpu({ elf }: Subject): string | undefined {
  const symbols = elf?.symbols();
  const percpu = elf?.section('.data..percpu')?.index;
  if (elf === undefined || symbols === undefined) return undefined;
  for (let i = 1; i < symbols.length; i++) {
    if (symbols.typeOf(i) !== STT_OBJECT || symbols.size[i] !== 0) continue;
    const section = elf.sections[symbols.shndx[i]!];
    if (section === undefined) continue;
    if (section.index === percpu || symbols.name(i).startsWith('__kvm_nvhe_')) return symbols.name(i);
  }
  return undefined;
}

export const overlappingVariables: Check = {
  id: 'S08',
  title: 'a section of variables overlaps itself, and the kernel refuses its BTF',
  stage: 'load',
  severity: 'error',
  texts: [
    'DATASEC .data..percpu{what}Invalid offset',
    'DATASEC .data..percpu{what}Invalid size',
    'DATASEC {section:w}{what}Invalid offset',
    '^Invalid offset$',
    '^Invalid size$',
    'DATASEC {section:w}{what}Invalid size',
    'DATASEC {section:w} size={size:d} vlen={vlen:d} type_id={type:d} offset={offset:d}',
  ],
  looksAt: 'the entries of each DATASEC: in order, not overlapping, no size of 0',
  means:
    'The variables that the BTF lists in {section|a section} lie on each other, or one has no size. The kernel then refuses all of its own BTF at boot: there is no /sys/kernel/btf, and every module with BTF fails.',
  causes: [
    {
      what: 'a per-CPU variable of size 0, with pahole 1.18 to 1.21',
      tell: 'an entry has size 0',
      remedy: 'pass --skip_encoding_btf_vars, or pahole 1.22 or newer',
    },
    {
      what: 'two variables at the same place: clang 20 merges globals (-mglobal-merge) on powerpc and RISC-V',
      tell: 'two entries have one offset',
      remedy: 'build with -mno-global-merge, or a compiler where that is mended; or --skip_encoding_btf_vars',
    },
  ],
  affects: 'pahole 1.18 to 1.21; clang 20 on powerpc64le and RISC-V',
  source: ['ClangBuiltLinux/linux#2089', 'kernel/bpf/btf.c, btf_datasec_check_meta'],
  *inFile(subject, scene) {
    if (subject.kind === 'program' || subject.kind === 'object') return;
    const btf = subject.types(scene.vmlinux);
    for (let id = btf?.startId ?? 0; btf !== undefined && id < btf.endId; id++) {
      if (btf.kind(id) !== Kind.DATASEC) continue;
      const proof = overlapIn(btf, id, subject);
      if (proof !== undefined) yield { ...proof, how: [...proof.how!, ...versions(scene)] };
    }
  },
};

const HEAD = 3;
const ENTRY = 3;

function overlapIn(btf: Btf, id: TypeId, subject: Subject): Proof | undefined {
  const { words } = btf.layer(id);
  let end = 0;
  for (let i = 0; i < btf.vlen(id); i++) {
    const at = btf.at(id) + HEAD + i * ENTRY;
    const [type, offset, size] = [words[at]!, words[at + 1]!, words[at + 2]!];
    if (size === 0 || offset < end) {
      const name = type < btf.endId ? btf.typeName(type) : `type ${type}`;
      const what = size === 0 ? 'has size 0' : `begins at ${offset}, the one before ends at ${end}`;
      const place = `byte 0x${(offsetOf(btf, id) + 4 * (HEAD + i * ENTRY)).toString(16)}`;
      return {
        where: subject.path,
        seen: `${placeText(btf, id)}: entry ${i}, '${name}', ${what}`,
        how: [`the entry stands at ${place} of .BTF`],
        cause: size === 0 ? 0 : 1,
      };
    }
    end = offset + size;
  }
  return undefined;
}
