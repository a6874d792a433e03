// Our own verdict on a blob, as that of the running kernel.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Btf, Kind } from '../../packages/core/dist/btf/index.js';
import { judgeProgram, NEWEST } from '../../packages/core/dist/verify/index.js';

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

let kernelTypes;

/** { errno, message, log }, in the form of what askKernel gives. */
export function judge(bytes) {
  kernelTypes ??= runningKernel();
  const options = { rules: NEWEST, littleEndian: true, kernelTypes, log: true };
  const { errno, message, log } = judgeProgram(bytes, options);
  return { errno, message, log: log.join('\n') };
}
