// Loads programs into the running kernel and runs them once. Only for tests: the command never loads any.
import { createRequire } from 'node:module';

const BPF_PROG_LOAD = 5;
const BPF_PROG_TEST_RUN = 10;
const BPF_PROG_TYPE_RAW_TRACEPOINT = 17;
const X64 = 321;

/**
 * What a program of type raw_tp returns, or what the verifier says of it. Little-endian, x86-64.
 * @param {Uint8Array} insns
 * @returns {{ errno: number, log: string, result: number | undefined }}
 */
export function runRawTracepoint(insns) {
  const koffi = createRequire(import.meta.url)('koffi');
  const libc = koffi.load(null);
  const syscall = libc.func('long syscall(long number, ...)');
  const close = libc.func('int close(int fd)');
  const bpf = (command, attr) =>
    syscall(X64, 'int', command, 'void *', new Uint8Array(attr.buffer), 'unsigned int', attr.byteLength);

  const license = Buffer.from('GPL\0');
  const log = Buffer.alloc(1 << 20);
  const load = new DataView(new ArrayBuffer(64));
  load.setUint32(0, BPF_PROG_TYPE_RAW_TRACEPOINT, true);
  load.setUint32(4, insns.length / 8, true);
  load.setBigUint64(8, koffi.address(insns), true);
  load.setBigUint64(16, koffi.address(license), true);
  load.setUint32(24, 1, true);
  load.setUint32(28, log.length, true);
  load.setBigUint64(32, koffi.address(log), true);
  const fd = bpf(BPF_PROG_LOAD, load);
  const text = log.toString('latin1', 0, log.indexOf(0));
  if (fd < 0) return { errno: koffi.errno(), log: text, result: undefined };
  const run = new DataView(new ArrayBuffer(80));
  run.setUint32(0, fd, true);
  const ran = bpf(BPF_PROG_TEST_RUN, run);
  const errno = ran < 0 ? koffi.errno() : 0;
  close(fd);
  return { errno, log: text, result: run.getUint32(4, true) };
}
