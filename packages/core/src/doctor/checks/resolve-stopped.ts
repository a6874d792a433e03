import type { Check } from '../check.js';
import { few } from '../places.js';

/** How many places of one name resolve_btfids has room for: ADDR_CNT of its main.c. */
const MOST_PLACES = 100;

export const resolveStopped: Check = {
  id: 'N14',
  title: 'resolve_btfids gave up on the file',
  stage: 'build',
  severity: 'error',
  texts: [
    { text: 'FAILED cannot create ELF descriptor', cause: 0 },
    { text: 'FAILED cannot get ELF header', cause: 0 },
    { text: 'FAILED cannot get shdr str ndx', cause: 0 },
    { text: 'FAILED get section({section:d})', cause: 0 },
    { text: 'FAILED to get section({section:d}) data from {file:w}', cause: 0 },
    { text: 'FAILED elf_update(WRITE): {reason}', cause: 0 },
    { text: 'FAILED to update ELF file {file:w}', cause: 0 },
    { text: 'FAILED cannot open vmlinux', cause: 0 },
    { text: 'FAILED to distill base BTF: {reason}', cause: 1 },
    { text: 'FAILED to sort BTF: {reason}', cause: 1 },
    { text: 'FAILED: btf permute: {reason}', cause: 1 },
    { text: 'ERROR: resolve_btfids: {what}', cause: 1 },
    { text: 'FAILED symbol {symbol:w} crossed the number of allowed lists', cause: 2 },
    { text: 'FAILED to parse symbol name: {symbol:w}', cause: 3 },
    { text: 'FAILED to parse set name: {symbol:w}', cause: 3 },
    { text: 'FAILED unsupported prefix {symbol:w}', cause: 3 },
    { text: "FAILED malformed data for set '{symbol:w}'", cause: 3 },
  ],
  looksAt: 'how often a name stands in .BTF_ids',
  means:
    'resolve_btfids, which fills .BTF_ids in (and from 7.0 transforms, distils and sorts the BTF), met something that it was not made for. The build of this file ends there.',
  causes: [
    {
      what: 'the file is no complete ELF file, or may not be written: an earlier step was interrupted, the disk is full, or it is a link to /sys/kernel/btf/vmlinux',
      tell: '`readelf -h FILE` complains; `df`',
      remedy: 'remove it and build again; for modules out of tree, a real vmlinux in place of raw BTF',
    },
    {
      what: 'the BTF that it was given is not that of this file or base, or is damaged',
      tell: 'lines "libbpf:" stand before it; `btfkit verify --as libbpf` refuses it',
      remedy: 'build from clean; `btfkit gen` does the same steps',
    },
    {
      what: `a name stands in more than ${MOST_PLACES} lists`,
      tell: 'the message says "crossed the number of allowed lists"',
      remedy: 'put the id into one list that the others share (BTF_ID_LIST_GLOBAL)',
    },
    {
      what: 'the tool is older than the sources, and does not know a form of their .BTF_ids',
      tell: 'the message names the symbol; tools/bpf/resolve_btfids is from another tree',
      remedy: 'build the tool of this tree anew: make -C tools/bpf/resolve_btfids clean all',
    },
  ],
  affects: 'kernels from 5.10',
  source: ['tools/bpf/resolve_btfids/main.c'],
  *inFile(subject) {
    const uses = new Map<string, number>();
    for (const { kind, name } of subject.ids?.ids ?? []) {
      const key = `${kind} ${name}`;
      uses.set(key, (uses.get(key) ?? 0) + 1);
    }
    const many = [...uses].filter(([, count]) => count > MOST_PLACES);
    if (many.length === 0) return;
    yield {
      where: subject.path,
      seen: `in more than ${MOST_PLACES} places of .BTF_ids: ${few(many.map(([name, count]) => `${name} (${count})`))}`,
      cause: 2,
    };
  },
};
