// Our own verdict on a blob, as that of the running kernel.
import { readdirSync, readFileSync } from 'node:fs';
import { endianness, release as runningRelease } from 'node:os';
import { join } from 'node:path';
import { liveAvailable } from '../../packages/cli/dist/live/ask.js';
import { Btf, Kind } from '../../packages/core/dist/btf/index.js';
import { judgeProgram, RELEASES, releaseOf, rulesOf } from '../../packages/core/dist/verify/index.js';

const KERNEL_BTF = '/sys/kernel/btf';

/** Types that a program may keep a reference to, and the functions that let go of them (register_btf_id_dtor_kfuncs). */
const DESTRUCTORS = {
  task_struct: 'bpf_task_release_dtor',
  cgroup: 'bpf_cgroup_release_dtor',
  bpf_cpumask: 'bpf_cpumask_release_dtor',
  bpf_crypto_ctx: 'bpf_crypto_ctx_release_dtor',
};

/** What the running kernel's BTF and that of its modules says to a program's references. */
function runningKernel() {
  const parse = (name, base) => Btf.parse(readFileSync(join(KERNEL_BTF, name)), { base, references: false });
  const vmlinux = parse('vmlinux');
  const modules = readdirSync(KERNEL_BTF).filter(name => name !== 'vmlinux');
  const all = [vmlinux, ...modules.map(name => parse(name, vmlinux))];
  const has = (name, kind) => all.some(btf => btf.find(name, kind) !== 0);
  return { has, hasDestructor: name => name in DESTRUCTORS && has(DESTRUCTORS[name], Kind.FUNC) };
}

/** "6.18"; null where there are no rules for just this one. */
const release = releaseOf(runningRelease()) ?? null;
const isKnown = release !== null && runningRelease().startsWith(release) && RELEASES.includes(release);

/** Null where the running kernel can be compared with, or else in one line why not. */
export function whyNotComparable() {
  return liveAvailable() ?? (isKnown ? null : `no rules of just this release, ${runningRelease()}`);
}

let options;

/** { errno, message, log }, in the form of what askKernel gives. The message is found without keeping a log, as users ask. */
export function judge(bytes) {
  options ??= {
    rules: rulesOf(release),
    littleEndian: endianness() === 'LE',
    kernelTypes: runningKernel(),
  };
  const { errno, message } = judgeProgram(bytes, options);
  const { log } = judgeProgram(bytes, { ...options, log: true });
  return { errno, message, log: log.join('\n') };
}
