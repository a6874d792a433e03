import { type Btf, Kind } from '../../btf/index.js';
import type { Check } from '../check.js';
import { typeText } from '../places.js';
import { versions } from '../scene.js';

export const noStructOps: Check = {
  id: 'N11',
  title: 'the kernel does not have the struct_ops of the program',
  stage: 'program',
  severity: 'error',
  texts: [
    'struct_ops init_kern: struct {name:w} is not found in kernel BTF',
    'struct_ops init_kern: struct {name:w} data is not found in struct bpf_struct_ops_{other:w}',
    { text: 'struct_ops init_kern {name:w}: Cannot find member {member:w} in kernel BTF', cause: 1 },
    { text: 'struct_ops init_kern {name:w}: Unmatched member type {member:w}', cause: 1 },
    { text: 'Cannot find struct {name:w} in btf_vmlinux', cause: 2 },
    { text: 'Cannot find struct {name:w} in ', cause: 2 },
    { text: 'Error in init bpf_struct_ops {name:w}', cause: 2 },
    { text: 'Cannot find the stub function name for the {member:w} in struct {name:w}', cause: 2 },
    { text: 'Cannot find the stub function {function:w} in btf', cause: 2 },
  ],
  looksAt: 'structs in .struct_ops sections of a BPF object, looked up in the vmlinux at hand',
  means:
    'A map in .struct_ops is an instance of a struct of the kernel, {name|tcp_congestion_ops, sched_ext_ops and the like}. Loader and kernel look it up in the BTF of the kernel, together with the struct bpf_struct_ops_… around it.',
  causes: [
    {
      what: 'this kernel does not have it: another release, the option is off (CONFIG_SCHED_CLASS_EXT, CONFIG_HID_BPF), or the module that brings it is not loaded',
      tell: '`btfkit dump vmlinux NAME` finds nothing',
      remedy: 'a kernel with it, or load the module first',
    },
    {
      what: 'the struct has other members in this release',
      tell: 'the message names the member; `btfkit dump vmlinux NAME --format c` shows those that there are',
      remedy:
        'compile against the vmlinux.h of this kernel; or leave the member empty: from libbpf 1.5 on empty ones need not be there',
    },
    {
      what: 'the kernel could not set it up, because its own BTF lacks a part (a struct or function that pahole left out)',
      tell: 'the message is in dmesg, of the boot or of the load of a module',
      remedy: '`btfkit encode --explain NAME vmlinux` for functions; a newer pahole',
    },
  ],
  affects: 'kernels from 5.6; modules with struct_ops from 6.9',
  source: ['libbpf.c, bpf_map__init_kern_struct_ops', 'kernel/bpf/bpf_struct_ops.c'],
  *inFile(subject, scene) {
    const [own, btf] = [subject.types(undefined), scene.vmlinux?.types(undefined)];
    if (subject.kind !== 'program' || own === undefined || btf === undefined) return;
    for (const { name, id } of structsWanted(own)) {
      const missing = [name, `bpf_struct_ops_${name}`].filter(one => btf.find(one, Kind.STRUCT) === 0);
      if (missing.length === 0) continue;
      yield {
        where: subject.path,
        seen: `it has an instance of ${typeText(own, id)} in .struct_ops`,
        how: [
          `${scene.vmlinux!.path} has no struct ${missing.join(', nor struct ')}; a module may bring it`,
          ...versions(scene),
        ],
        cause: 0,
      };
    }
  },
};

/** Names without flavours; maps in sections that begin with `?` are made only when asked for. */
function* structsWanted(btf: Btf): Iterable<{ readonly name: string; readonly id: number }> {
  for (const section of ['.struct_ops', '.struct_ops.link']) {
    for (const list of btf.findAll(section, Kind.DATASEC)) {
      const type = btf.type(list);
      for (const { type: variable } of 'variables' in type ? type.variables : []) {
        const id = btf.kind(variable) === Kind.VAR ? btf.sizeOrType(variable) : 0;
        if (id !== 0 && btf.kind(id) === Kind.STRUCT)
          yield { name: btf.typeName(id).replace(/___.*$/, ''), id };
      }
    }
  }
}
