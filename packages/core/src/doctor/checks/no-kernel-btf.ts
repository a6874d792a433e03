import type { Check } from '../check.js';

export const noKernelBtf: Check = {
  id: 'S60',
  title: 'the loader finds no BTF of the kernel',
  stage: 'program',
  severity: 'error',
  texts: [
    'libbpf: failed to find valid kernel BTF',
    'failed to find valid kernel BTF',
    'Error loading vmlinux BTF: {error:w}',
    "kernel BTF is missing at '{file:w}', was CONFIG_DEBUG_INFO_BTF enabled?",
    "failed to read kernel BTF from '{file:w}': {error:w}",
    'failed to parse target BTF: {error:w}',
    'vmlinux BTF is not found',
    'failed to find BTF data for vmlinux',
    'btf__load_vmlinux_btf() returned NULL',
    'failed to fetch necessary BTF for CO-RE: {error}',
    'All ways tried to find vmlinux BTF, but not found',
    'does not have BTF file /sys/kernel/btf/vmlinux',
    '/sys/kernel/btf/vmlinux: No such file or directory',
    'open /sys/kernel/btf/vmlinux: no such file or directory',
    "/sys/kernel/btf/vmlinux' (No such file or directory)",
    "'/sys/kernel/btf/vmlinux': No such file or directory",
    '(No such file or directory) from: /sys/kernel/btf/vmlinux',
    'Error: failed to load BTF from /sys/kernel/btf/vmlinux: No such file or directory',
    'fentry/fexit not available for your kernel version',
    'kfunc/kretfunc not available for your kernel version',
    'struct_ops requires kernel CONFIG_DEBUG_INFO_BTF=y',
    'kernel is missing BTF, make sure CONFIG_DEBUG_INFO_BTF=y is specified in Kconfig',
    'not supported without CONFIG_DEBUG_INFO_BTF',
    { text: 'in-kernel BTF is malformed', cause: 3 },
  ],
  looksAt: 'CONFIG_DEBUG_INFO_BTF of the configuration',
  means:
    'Loaders look for /sys/kernel/btf/vmlinux; libbpf then for a vmlinux in /boot, /lib/modules and /usr/lib/debug. There was none that this one can read (libbpf says -3, ESRCH). CO-RE, fentry and fexit, struct_ops and kfuncs need it.',
  causes: [
    {
      what: 'the kernel was built without BTF',
      tell: 'there is no /sys/kernel/btf/vmlinux; /proc/config.gz has no CONFIG_DEBUG_INFO_BTF=y',
      remedy:
        'a kernel with CONFIG_DEBUG_INFO_BTF=y; or BTF from elsewhere (BTFHub, `btfkit encode` of the debug package), given to the loader as btf_custom_path',
    },
    {
      what: 'it has BTF that this libbpf cannot read',
      tell: 'the line above names a kind: "Unsupported BTF_KIND:19"',
      remedy: 'libbpf 1.0 or newer (S61)',
    },
    {
      what: 'sysfs is not mounted, as in a container or chroot',
      tell: 'ls /sys/kernel shows nothing',
      remedy: 'mount /sys, or pass /sys/kernel/btf into the container',
    },
    {
      what: 'the kernel refused its BTF at boot',
      tell: 'lines "BPF:" in the log of the boot',
      remedy: '`btfkit verify vmlinux --as vmlinux` says which type and why',
    },
  ],
  affects: 'kernels without CONFIG_DEBUG_INFO_BTF, or before 5.4',
  source: [
    'iovisor/bcc#2872',
    'iovisor/bcc#4815',
    'libbpf/libbpf-bootstrap#174',
    'falcosecurity/falco#2357',
    'bpftrace/bpftrace#1354',
    'bpftrace/bpftrace#2855',
  ],
  after: ['S61', 'S75', 'N01', 'S08'],
  *inScene({ config }, said) {
    if (config === undefined || config.get('DEBUG_INFO_BTF') === 'y') return;
    if (!said && !config.mentions('DEBUG_INFO_BTF')) return;
    yield {
      where: config.path,
      seen: 'CONFIG_DEBUG_INFO_BTF is not set',
      cause: 0,
      severity: said ? 'error' : 'note',
    };
  },
};

export const noKernelSpec: Check = {
  id: 'S64',
  title: 'cilium/ebpf finds no BTF of the kernel',
  stage: 'program',
  severity: 'error',
  texts: [
    'load kernel spec: no BTF found for kernel version {version:w}: not supported',
    'no BTF found for kernel version {version}: not supported',
    'no BTF found for kernel version {version}',
  ],
  looksAt: 'CONFIG_DEBUG_INFO_BTF of the configuration',
  means:
    'The program needs CO-RE, and cilium/ebpf found neither /sys/kernel/btf/vmlinux nor a vmlinux with BTF for kernel {version|of this version}.',
  causes: [
    {
      what: 'the kernel was built without BTF',
      tell: 'there is no /sys/kernel/btf/vmlinux',
      remedy: 'a kernel with CONFIG_DEBUG_INFO_BTF=y; or give the loader BTF (ProgramOptions.KernelTypes)',
    },
    {
      what: '/sys is not mounted in the container',
      tell: 'ls /sys/kernel is empty',
      remedy: 'mount /sys/kernel/btf into it',
    },
  ],
  affects: 'kernels without CONFIG_DEBUG_INFO_BTF',
  source: ['cilium/cilium#48778', 'inspektor-gadget#264'],
  *inScene({ config }, said) {
    if (!said || config === undefined || config.get('DEBUG_INFO_BTF') === 'y') return;
    yield { where: config.path, seen: 'CONFIG_DEBUG_INFO_BTF is not set', cause: 0 };
  },
};

export const notInList: Check = {
  id: 'S82',
  title: 'Tetragon knows no BTF for this kernel',
  stage: 'program',
  severity: 'error',
  texts: [
    'Kernel version "{version}" BTF search failed kernel is not included in supported list',
    'BTF search failed kernel is not included in supported list',
  ],
  looksAt: '',
  means:
    'Tetragon found no /sys/kernel/btf/vmlinux for kernel {version|of this node}, and its own collection has none.',
  causes: [
    {
      what: 'a kernel without BTF',
      remedy:
        'a kernel with CONFIG_DEBUG_INFO_BTF=y, or --btf FILE with BTF made by `btfkit encode` of the debug package',
    },
    {
      what: '/sys is not mounted in the pod',
      tell: '/sys/kernel/btf is there on the node',
      remedy: 'mount it into the pod',
    },
  ],
  affects: 'kernels without CONFIG_DEBUG_INFO_BTF',
  source: ['cilium/tetragon#127', 'cilium/tetragon#154', 'cilium/tetragon#911', 'cilium/tetragon#1728'],
};

export const notPermitted: Check = {
  id: 'S66',
  title: 'BTF of modules may not be read without CAP_SYS_ADMIN',
  stage: 'program',
  severity: 'error',
  texts: [
    'failed to iterate BTF objects: {error:w}',
    'failed to iterate BTF objects',
    'get next BTF ID: operation not permitted',
    'get BTF ID: operation not permitted',
    'could not find BTF id: operation not permitted',
    'BTF_GET_NEXT_ID: operation not permitted',
    'iterating BTF handles: operation not permitted',
    'bpf_btf_get_next_id{what}Operation not permitted',
    'failed to get BTF object #{id:d} FD: {error:w}',
    "can't get next BTF object: Operation not permitted",
    'get btf by id ({id:d}): Operation not permitted',
    { text: '^EPERM$', vague: true },
  ],
  looksAt: '',
  means:
    'Going through the BTF objects of the kernel (BPF_BTF_GET_NEXT_ID) needs CAP_SYS_ADMIN; CAP_BPF is not enough. Whoever looks for a type or kfunc in modules does so.',
  causes: [
    {
      what: 'a loader without CAP_SYS_ADMIN',
      remedy:
        'CAP_SYS_ADMIN for the loader; or a newer libbpf or cilium/ebpf, which go on without modules; or read /sys/kernel/btf/* instead',
    },
  ],
  affects: 'libbpf before 1.5, cilium/ebpf',
  source: ['cilium/ebpf#1929', 'libbpf 3f33f9a6'],
};

export const noModuleFile: Check = {
  id: 'S65',
  title: 'the loader stops at a module that has no BTF',
  stage: 'program',
  severity: 'error',
  texts: [
    'load BTF for kmod {module:w}: open {file:w}: no such file or directory',
    'load BTF for kmod {module:w}:',
    'load kernel module spec: open {file:w}: no such file or directory',
  ],
  looksAt: 'whether the modules at hand have BTF',
  means:
    'cilium/ebpf 0.13 to 0.18 goes through all loaded modules and stops at {module|the first}, which has no file in /sys/kernel/btf.',
  causes: [
    {
      what: 'a module, or a whole kernel, without BTF of modules',
      tell: 'ls /sys/kernel/btf shows vmlinux only',
      remedy: 'cilium/ebpf 0.19 or newer, which steps over it; or CONFIG_DEBUG_INFO_BTF_MODULES=y',
    },
  ],
  affects: 'cilium/ebpf 0.13 to 0.18',
  source: ['cilium/ebpf#1436', 'cilium/ebpf#1813'],
  *inScene({ config }, said) {
    if (!said || config === undefined || config.get('DEBUG_INFO_BTF_MODULES') === 'y') return;
    yield { where: config.path, seen: 'CONFIG_DEBUG_INFO_BTF_MODULES is not set', cause: 0 };
  },
  *inFile(subject, _scene, said) {
    if (!said || subject.kind !== 'module' || subject.btfState === 'present') return;
    yield { where: subject.path, seen: `no BTF (${subject.btfState})`, cause: 0 };
  },
};

export const inlineBtf: Check = {
  id: 'S84',
  title: 'cilium/ebpf takes vmlinux.inline for a module',
  stage: 'program',
  severity: 'error',
  texts: ['invalid module name "{module:w}"', 'load BTF for kmod vmlinux.inline:'],
  looksAt: 'CONFIG_DEBUG_INFO_BTF_INLINE, and kinds 20 to 22 in the BTF',
  means:
    'A kernel with CONFIG_DEBUG_INFO_BTF_INLINE has /sys/kernel/btf/vmlinux.inline besides vmlinux. cilium/ebpf takes every file there but vmlinux for a module, and refuses the name.',
  causes: [
    {
      what: 'a reader older than such kernels',
      remedy: 'a newer cilium/ebpf; or a kernel without CONFIG_DEBUG_INFO_BTF_INLINE',
    },
  ],
  affects: 'kernels with CONFIG_DEBUG_INFO_BTF_INLINE (after 7.3), cilium/ebpf up to 0.22',
  source: ['cilium/ebpf, btf/kernel.go and linker.go'],
  *inScene({ config, files }) {
    if (config?.get('DEBUG_INFO_BTF_INLINE') === 'y') {
      yield { where: config.path, seen: 'CONFIG_DEBUG_INFO_BTF_INLINE=y', severity: 'note' };
    } else if (files.has('vmlinux.inline')) {
      yield { where: 'vmlinux.inline', seen: 'the file is there', severity: 'note' };
    }
  },
};
