import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shared } from './tools.js';

/** Recorded BTF of whole kernels and of modules of the first, by pahole, and hashes of what bpftool prints of them. */
export const golden = join(shared, 'golden');

/** Unpacks the kernels' BTF into a folder; their paths by file name. */
export function unpackKernels(folder: string): Map<string, string> {
  mkdirSync(folder, { recursive: true });
  const paths = new Map<string, string>();
  for (const packed of readdirSync(golden).filter(file => /^vmlinux-.*\.btf\.xz$/.test(file))) {
    const name = packed.slice(0, -'.xz'.length);
    const path = join(folder, name);
    writeFileSync(path, execFileSync('xz', ['-dc', join(golden, packed)], { maxBuffer: 1 << 28 }));
    paths.set(name, path);
  }
  return paths;
}
