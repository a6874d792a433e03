import { type Btf, Kind } from '../btf/index.js';
import type { KernelTypes } from './struct-metas.js';

/**
 * Structs that a program may keep a reference to, and the functions that let go of them (callers of
 * register_btf_id_dtor_kfuncs). Modules can register more.
 */
const DESTRUCTORS = new Map([
  ['task_struct', 'bpf_task_release_dtor'],
  ['cgroup', 'bpf_cgroup_release_dtor'],
  ['bpf_cpumask', 'bpf_cpumask_release_dtor'],
  ['bpf_crypto_ctx', 'bpf_crypto_ctx_release_dtor'],
]);

/** What a kernel's BTF, or that of a module on it, says to the references of programs. */
export function kernelTypesOf(btf: Btf): KernelTypes {
  return {
    has: name => btf.find(name, Kind.STRUCT) !== 0,
    hasDestructor(name) {
      const destructor = DESTRUCTORS.get(name);
      return destructor !== undefined && btf.find(destructor, Kind.FUNC) !== 0;
    },
  };
}
