import { SHT_DYNSYM, SHT_SYMTAB } from '../../elf/index.js';
import type { Check } from '../check.js';
import { isFrom, versions } from '../scene.js';

const SHT_RELATIVE = new Set([4, 9]);

export const objcopyLink: Check = {
  id: 'S15',
  title: 'llvm-objcopy cannot put .BTF into vmlinux',
  stage: 'build',
  severity: 'error',
  texts: [
    'Link field value {link:d} in section {section:w} is not a symbol table',
    'failed to add .BTF section',
  ],
  looksAt: 'whether each relocation section of vmlinux names a symbol table',
  means:
    'pahole -J lets llvm-objcopy add the section to the file itself, and that tool refuses the file because of {section|a relocation section} whose sh_link is no symbol table, as in kernels linked with -pie or --emit-relocs.',
  causes: [
    {
      what: 'the link wrote a relocation section that llvm-objcopy does not take',
      remedy:
        'pahole --btf_encode_detached=FILE (1.22 or newer) and GNU objcopy --add-section; kernels from 7.0 do it that way; `btfkit encode --embed` needs no objcopy',
    },
  ],
  affects: 'kernels before 7.0 with LLVM=1, CONFIG_RELOCATABLE above all',
  source: ['acmel/dwarves#40'],
  *inFile(subject, scene, said) {
    const { elf } = subject;
    if (elf === undefined || subject.kind !== 'vmlinux' || (subject.btfState === 'present' && !said)) return;
    if (isFrom(scene, 7, 0)) return;
    const odd = elf.sections.find(
      ({ type, link }) =>
        SHT_RELATIVE.has(type) &&
        link !== 0 &&
        elf.sections[link]?.type !== SHT_SYMTAB &&
        elf.sections[link]?.type !== SHT_DYNSYM,
    );
    if (odd === undefined) return;
    yield {
      where: subject.path,
      seen: `${odd.name}: sh_link ${odd.link} is ${elf.sections[odd.link]?.name ?? 'no section'}, which is no symbol table`,
      how: versions(scene),
    };
  },
};

export const objcopyUpdate: Check = {
  id: 'S23',
  title: 'llvm-objcopy damages modules when it updates .BTF_ids',
  stage: 'build',
  severity: 'error',
  texts: ['objcopy{how}--update-section .BTF_ids', '--update-section .BTF_ids='],
  looksAt: 'scripts/gen-btf.sh: --update-section .BTF_ids',
  means:
    'llvm-objcopy --update-section writes an ELF file that is not in order. Release candidates of Linux 7.0 used it for .BTF_ids.',
  causes: [
    {
      what: 'scripts/gen-btf.sh in its first form',
      remedy:
        'take kernel commit 1a8fa7faf489, which patches the file with resolve_btfids --patch_btfids; or build with GNU objcopy',
    },
  ],
  affects: 'release candidates of Linux 7.0, built with LLVM=1',
  source: ['kernel commit 1a8fa7faf489'],
  *inScene({ texts }) {
    const script = texts.get('scripts/gen-btf.sh');
    if (script === undefined || !/--update-section\s+\.BTF_ids/.test(script.text)) return;
    const line = script.text.split('\n').findIndex(text => /--update-section\s+\.BTF_ids/.test(text)) + 1;
    yield { where: `${script.path}:${line}`, seen: 'objcopy --update-section .BTF_ids' };
  },
};
