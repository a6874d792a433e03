import type { Check } from '../check.js';
import { versions } from '../scene.js';

export const noSection: Check = {
  id: 'S02',
  title: 'vmlinux has no BTF',
  stage: 'build',
  severity: 'error',
  texts: [
    'FAILED: load BTF from {file:w}: No such file or directory',
    'FAILED: load BTF from {file:w}: Unknown error -{errno=2}',
    'Unknown error -{errno=2}',
    { text: '^No data available$', vague: true },
    'FAILED: load BTF from {file:w}: No data available',
    'FAILED: load BTF from {file:w}: Unknown error -{errno=61}',
    "libbpf: failed to find '.BTF' ELF section in {file:w}",
    "failed to find '.BTF' ELF section in {file:w}",
    'Error: failed to load BTF from {file:w}: No such file or directory',
    'Error: failed to load BTF from {file:w}: Unknown error -{errno=2}',
    'Error: failed to load BTF from {file:w}: No data available',
  ],
  looksAt: 'whether vmlinux has a .BTF section, and whether its configuration asks for one',
  means:
    'There is no .BTF section in {file|vmlinux}: pahole did not run, or failed, and the build went on, as scripts of 5.x often did. In kernels from 7.0 resolve_btfids wants a file of its own from pahole, vmlinux.unstripped.BTF.1 or .tmp_vmlinux1.BTF.1, and there is none.',
  causes: [
    {
      what: 'pahole failed',
      tell: 'further up in the log is a line that begins with "pahole:" or names a signal',
      remedy:
        'see to what pahole says (in the log of the build, or by hand: pahole -J vmlinux); then build again from clean, without vmlinux and .tmp_vmlinux*',
    },
    {
      what: 'pahole (package dwarves) is not installed, or not in the PATH of the build',
      tell: '`pahole --version` fails in the environment of the build; .config has CONFIG_PAHOLE_VERSION=0',
      remedy: 'install dwarves, run `make olddefconfig`, build again from clean',
    },
    {
      what: 'vmlinux was stripped of it afterwards, or is a file that never had it (vmlinux.debug, a kernel without BTF)',
      tell: 'the build itself was fine; DWARF is gone as well',
      remedy: 'take the vmlinux that the link wrote',
    },
  ],
  affects: 'all kernels from 5.2; those up to 5.15 above all',
  source: [
    'scripts/link-vmlinux.sh',
    'microsoft/WSL#10299',
    'microsoft/WSL#12458',
    'anthraxx/linux-hardened#80',
  ],
  after: ['S03', 'S04', 'S05', 'S06', 'S07', 'S09', 'S13', 'S14', 'S15', 'S16', 'N12', 'N13'],
  *inFile(subject, scene, said) {
    if (subject.kind !== 'vmlinux' || subject.btfState === 'present') return;
    const wanted = scene.config?.get('DEBUG_INFO_BTF') === 'y';
    const isFinal = /(^|\/)vmlinux(\.unstripped)?$/.test(subject.path);
    if (!isFinal || subject.btfState === 'no bits' || !(wanted || said || scene.config === undefined)) return;
    const state = subject.btfState === 'empty' ? 'its .BTF section is empty' : 'it has no .BTF section';
    const how = [...versions(scene)];
    if (wanted) how.unshift(`CONFIG_DEBUG_INFO_BTF=y in ${scene.config?.path}`);
    if (subject.dwarf !== undefined)
      how.push('it has DWARF, so that BTF can be made: btfkit encode, or pahole -J');
    yield {
      where: subject.path,
      seen: state,
      how,
      cause: scene.pahole?.value === 0 ? 1 : subject.dwarf === undefined ? 2 : undefined,
      severity: wanted || said ? 'error' : 'warning',
    };
  },
};
