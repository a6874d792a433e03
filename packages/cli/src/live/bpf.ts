import { createRequire } from 'node:module';
import { arch, endianness } from 'node:os';
import type * as Koffi from 'koffi';

/** __NR_bpf by machine, as Node names it (arch/<machine>/.../unistd.h, syscall.tbl). */
const SYSCALLS: Readonly<Record<string, number>> = {
  arm: 386,
  arm64: 280,
  ia32: 357,
  loong64: 280,
  ppc64: 361,
  riscv64: 280,
  s390x: 351,
  x64: 321,
};

const BPF_BTF_LOAD = 18;
/** union bpf_attr up to btf_log_level: what the first kernel with the command knows (4.18), and no later one refuses. */
const ATTR_SIZE = 28;

/** BPF_BTF_LOAD of a blob with this log; the errno, positive, and 0 when the kernel takes it. */
export type BtfLoad = (blob: Uint8Array, log: Uint8Array | null) => number;

/** The system call, or in one line why it cannot be made here. */
export function openBpf(): BtfLoad | string {
  if (process.platform !== 'linux') return `only a Linux kernel can be asked, this is ${process.platform}`;
  const number = SYSCALLS[arch()];
  if (number === undefined) return `the number of the bpf system call on ${arch()} is not known`;
  // Found at run time, and never part of the bundle: most users never ask a kernel, and need not have it.
  let koffi: typeof Koffi;
  try {
    koffi = createRequire(import.meta.url)('koffi');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND') return 'asking the kernel needs the package koffi: npm install koffi';
    return `the package koffi does not work here: ${message.split('\n', 1)[0]}`;
  }

  const libc = koffi.load(null);
  const syscall = libc.func('long syscall(long number, ...)');
  const close = libc.func('int close(int fd)');
  const littleEndian = endianness() === 'LE';
  return (blob, log) => {
    const attr = new DataView(new ArrayBuffer(ATTR_SIZE));
    attr.setBigUint64(0, koffi.address(blob), littleEndian);
    attr.setUint32(16, blob.length, littleEndian);
    if (log !== null) {
      attr.setBigUint64(8, koffi.address(log), littleEndian);
      attr.setUint32(20, log.length, littleEndian);
      attr.setUint32(24, 1, littleEndian);
    }
    const bytes = new Uint8Array(attr.buffer);
    const fd = syscall(number, 'int', BPF_BTF_LOAD, 'void *', bytes, 'unsigned int', ATTR_SIZE);
    if (fd < 0) return koffi.errno();
    close(fd);
    return 0;
  };
}
