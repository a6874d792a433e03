import { type BtfLoad, openBpf } from './bpf.js';

/** What the running kernel says of a blob. */
export interface LiveAnswer {
  readonly accepted: boolean;
  /** Positive; 0 when accepted. 524 is the kernel's own ENOTSUPP. */
  readonly errno: number;
  /** The last line of the log without the blanks around it; '' when accepted. */
  readonly message: string;
  /** The log of level 1 with all its newlines; '' where it was not asked for and the blob is accepted. */
  readonly log: string;
}

const Errno = { EPERM: 1, EACCES: 13, ENOSPC: 28, ENOSYS: 38 } as const;

// Tried one after the other. Kernels before 5.10 take no log of 16 MB or more; the last is half of what a string can hold.
const LOG_SIZES = [1 << 16, 1 << 20, (1 << 24) - 1, 1 << 28];

let bpf: BtfLoad | string | undefined;

/** Null where the running kernel can be asked, or else in one line why not. */
export function liveAvailable(): string | null {
  bpf ??= openBpf();
  if (typeof bpf === 'string') return bpf;
  switch (bpf(smallestBlob(), null)) {
    case 0:
      return null;
    case Errno.EPERM:
    case Errno.EACCES:
      return 'not permitted to load BTF: it takes root, or CAP_BPF';
    case Errno.ENOSYS:
      return 'this kernel has no bpf system call';
    default:
      return 'this kernel knows no BPF_BTF_LOAD, which is of 4.18 and newer';
  }
}

/**
 * The answer of the running kernel to BPF_BTF_LOAD, nothing of which stays behind. The log of a refused blob is always
 * read, that of an accepted one where `log` says so. Throws Error where the kernel cannot be asked (`liveAvailable`
 * tells before).
 */
export function askKernel(blob: Uint8Array, { log }: { log: boolean }): LiveAnswer {
  bpf ??= openBpf();
  if (typeof bpf === 'string') throw new Error(bpf);
  // Without a log: one that does not fit would hide this errno behind ENOSPC.
  const errno = bpf(blob, null);
  const accepted = errno === 0;
  const text = log || !accepted ? readLog(bpf, blob) : '';
  return { accepted, errno, message: accepted ? '' : lastLine(text), log: text };
}

/** The whole log; where it is longer than any that can be asked for, newer kernels give its end and older its beginning. */
function readLog(load: BtfLoad, blob: Uint8Array): string {
  let text = '';
  for (const size of LOG_SIZES) {
    const log = Buffer.allocUnsafeSlow(size);
    log[0] = 0;
    const errno = load(blob, log);
    // Names may hold any byte: Latin-1 keeps each as it is.
    text = log.toString('latin1', 0, log.indexOf(0)) || text;
    if (errno !== Errno.ENOSPC) break;
  }
  return text;
}

function lastLine(log: string): string {
  const end = log.endsWith('\n') ? log.length - 1 : log.length;
  return log.slice(log.lastIndexOf('\n', end - 1) + 1, end).replace(/^[ \t]+|[ \t]+$/g, '');
}

/** A header, one void pointer, and the empty string. */
function smallestBlob(): Uint8Array {
  const blob = new Uint8Array(24 + 12 + 1);
  new Uint16Array(blob.buffer, 0, 2).set([0xeb9f, 1]);
  new Uint32Array(blob.buffer, 4, 8).set([24, 0, 12, 12, 1, 0, 2 << 24, 0]);
  return blob;
}
