// The verbs that damaged inputs go through, each in every place that takes a file.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What is called. `input` is the damaged file; names that begin with `output` are outputs; `root` is the folder of a
 * captured kernel that the damaged file is in; `help` a folder with the files of made.mjs.
 * @typedef {(places: { input: string, output: string, root: string | undefined, help: string }) => string[]} Arguments
 *
 * @typedef {object} Row
 * @property {Arguments} args
 * @property {RegExp} [takes] which fixtures are tried; left out, all that are no text, every few of them
 * @property {string} [tool] a stand-in in the place of the command
 * @property {boolean} [isRoot] it is in a captured kernel, the folder of which is given
 * @property {boolean} [isChanged] the input is what is written to
 * @property {RegExp} [usage] what damage may turn into wrong usage
 * @property {boolean} [writesParts] what is on standard output may end where something wrong is met
 * @property {boolean} [saysMore] of several files each has its line
 * @property {RegExp} [says] lines that a failure may have beside its own
 */

const fixture = name => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

const kernel = fixture('module/mini-vmlinux.btf');
const module = fixture('module/btfkit_demo.ko');
const loadable = fixture('inputs/btfkit_demo.ko');
const bpf = fixture('core/program-el.o');
const bpfKernel = fixture('core/kernel-el.o');
const ofKernel = ['--base', kernel];
const onKernel = [...ofKernel, '--no-cache', '-j', '1'];

const modules = /(btfkit_demo\.ko|module\.ko)/;
const ofModule = /^(module|inputs|made)\//;
const blobs = /\.btf$/;
const btfOfDwarf = /^dwarf\/(structs|enums|tags|functions|arrays).*\.btf$/;
const objects = /^(core|kernel-roots\/programs|fuzz\/seeds)\/.*\.o$/;
const withIds =
  /^(kfuncs\/implicit\.o|module\/btfkit_demo\.ko|inputs\/btfkit_demo\.ko|module\/mini-vmlinux)$/;
const onNoBase =
  /is read on no base|stands on its .BTF.base|has no .BTF.base|wants split BTF|name it with --base/;

/** What works on any BTF, with and without a base. */
const ofBtf = {
  'dump raw': ({ input }) => ['dump', input, '--format', 'raw'],
  'dump json': ({ input }) => ['dump', input, '--format', 'json'],
  'dump c': {
    args: ({ input }) => ['dump', input, '--format', 'c'],
    writesParts: true,
  },
  'dump c --unsorted': {
    args: ({ input }) => ['dump', input, '--format', 'c', '--unsorted', '--asserts'],
    writesParts: true,
  },
  'dump --id': ({ input }) => ['dump', input, '--id', '5'],
  'dump c --id': {
    args: ({ input }) => ['dump', input, '--format', 'c', '--id', '16'],
    writesParts: true,
  },
  'dump --merge': ({ input }) => ['dump', kernel, '--merge', input],
  stats: ({ input }) => ['stats', input, '--json'],
  endian: ({ input, output }) => ['endian', input, '--to', 'big', '-o', output],
  dedup: ({ input, output }) => ['dedup', input, '-o', output],
  'dedup of two': ({ input, output }) => ['dedup', kernel, input, '-o', output, '--json'],
  sort: ({ input, output }) => ['sort', input, '-o', output, '--json'],
  standalone: ({ input, output }) => ['standalone', input, '-o', output, '--json'],
  layout: ({ input }) => ['layout', input],
  'layout --json': ({ input }) => ['layout', input, '--json', '--expand'],
  'layout --sizes': ({ input }) => ['layout', input, '--sizes'],
  'layout --packable': ({ input }) => ['layout', input, '--packable', '--json'],
  'diff a': ({ input }) => ['diff', input, kernel, '--json'],
  'diff b': ({ input }) => ['diff', kernel, input, '--all'],
  'verify program': ({ input }) => ['verify', input, '--log'],
  'verify libbpf': ({ input }) => ['verify', input, '--as', 'libbpf', '--json'],
  'verify vmlinux': ({ input }) => ['verify', input, '--as', 'vmlinux', '--kernel', 'all'],
};

const rows = {
  encode: ({ input, output }) => ['encode', input, '-j', '1', '-o', output],
  'encode all': ({ input, output }) => [
    'encode',
    input,
    '-j',
    '1',
    '--features',
    'all',
    '-o',
    output,
    '--json',
  ],
  'encode --base': ({ input, output }) => ['encode', input, ...onKernel, '-o', output],
  'encode --distill': ({ input, output }) => ['encode', input, ...onKernel, '--distill', '-o', output],
  'encode --explain': ({ input }) => ['encode', input, ...onKernel, '--explain', 'main,vfs_read,next_state'],
  'encode on it': {
    args: ({ input, output }) => ['encode', module, '--base', input, '--no-cache', '-j', '1', '-o', output],
    takes: ofModule,
  },
  'encode --embed': {
    args: ({ input }) => ['encode', input, ...onKernel, '--distill', '--embed', '--json'],
    isChanged: true,
  },
  'dump --base': ({ input }) => ['dump', input, ...ofKernel],
  'dump on it': {
    args: ({ input }) => ['dump', fixture('module/btfkit_demo.btf'), '--base', input],
    takes: ofModule,
  },
  'dump --root-id': { args: ({ input }) => ['dump', input, '--root-id', '3', '--json'], takes: btfOfDwarf },
  'dedup --base': ({ input, output }) => ['dedup', input, ...ofKernel, '-o', output],
  'standalone --base': {
    args: ({ input, output }) => ['standalone', input, ...ofKernel, '-o', output],
    takes: ofModule,
  },
  'sort --base': { args: ({ input, output }) => ['sort', input, ...ofKernel, '-o', output], takes: ofModule },
  distill: {
    args: ({ input, output }) => [
      'distill',
      input,
      ...ofKernel,
      '-o',
      output,
      '--base-out',
      `${output}.base`,
      '--json',
    ],
    takes: ofModule,
    usage: onNoBase,
  },
  'distill on it': {
    args: ({ input, output }) => [
      ...['distill', fixture('module/btfkit_demo.btf'), '--base', input],
      ...['-o', output, '--base-out', `${output}.base`],
    ],
    takes: ofModule,
  },
  relocate: {
    args: ({ input, output }) => ['relocate', input, '--target', kernel, '-o', output, '--json'],
    takes: /^made\/module\.ko$/,
    usage: onNoBase,
  },
  'relocate split': {
    args: ({ input, output, help }) => [
      ...['relocate', input, '--base', join(help, 'base.btf'), '--target', kernel, '-o', output],
    ],
    takes: /^made\/split\.btf$/,
    usage: onNoBase,
  },
  'relocate base': {
    args: ({ input, output, help }) => [
      ...['relocate', join(help, 'split.btf'), '--base', input, '--target', kernel, '-o', output],
    ],
    takes: /^made\/base\.btf$/,
  },
  'relocate target': {
    args: ({ input, output, help }) => ['relocate', join(help, 'module.ko'), '--target', input, '-o', output],
    takes: ofModule,
  },
  'layout --id': { args: ({ input }) => ['layout', input, '--id', '16'], takes: btfOfDwarf },
  'layout --reorganize': {
    args: ({ input }) => ['layout', input, '--reorganize', '--id', '16', '--json'],
    takes: btfOfDwarf,
  },
  'layout --contains': { args: ({ input }) => ['layout', input, '--contains', 'point'], takes: btfOfDwarf },
  'layout --base': { args: ({ input }) => ['layout', input, ...ofKernel, '--packable'], takes: ofModule },
  read: { args: ({ input }) => ['read', input, '--id', '16', kernel, '--json'], takes: btfOfDwarf },
  'read text': { args: ({ input }) => ['read', input, '--id', '16', kernel, '--strings'], takes: btfOfDwarf },
  'read data': { args: ({ input }) => ['read', kernel, 'file', input, '--zeroes'], takes: /^made\// },
  'diff --base': {
    args: ({ input }) => [
      'diff',
      input,
      fixture('module/btfkit_demo.btf'),
      '--base-a',
      kernel,
      '--base-b',
      kernel,
    ],
    takes: ofModule,
  },
  'verify module': {
    args: ({ input }) => ['verify', input, ...ofKernel, '--kernel', 'all', '--json'],
    takes: ofModule,
  },
  'verify on it': {
    args: ({ input }) => ['verify', module.replace(/ko$/, 'btf'), '--base', input, '--json'],
    takes: ofModule,
  },
  'convert 4.18': ({ input, output }) => ['convert', input, '--kernel', '4.18', '-o', output],
  'convert program': ({ input, output }) => [
    ...['convert', input, '--kernel', '5.4', '--as', 'program', '-o', output, '--json'],
  ],
  'convert module': {
    args: ({ input, output }) => ['convert', input, '--kernel', '5.15', ...ofKernel, '-o', output],
    takes: ofModule,
    usage: onNoBase,
  },
  'convert --embed': {
    args: ({ input, output }) => ['convert', input, '--kernel', '5.4', '--embed', '-o', output],
    takes: objects,
  },
  'resolve-ids': {
    args: ({ input, output }) => ['resolve-ids', input, '--btf', kernel, '--out-prefix', output, '--json'],
    takes: withIds,
    says: /^WARN: /,
  },
  'resolve-ids --distill': {
    args: ({ input, output }) => ['resolve-ids', input, ...ofKernel, '--distill', '--out-prefix', output],
    takes: /^(made\/plain\.ko|inputs\/btfkit_demo\.ko)$/,
    usage: onNoBase,
    says: /^WARN: /,
  },
  'resolve-ids --in-place': {
    args: ({ input }) => ['resolve-ids', input, ...ofKernel, '--in-place'],
    takes: /^(made|inputs)\/.*\.ko$/,
    isChanged: true,
    says: /^WARN: /,
  },
  'resolve-ids --btf': {
    args: ({ output, input }) => ['resolve-ids', module, '--btf', input, '--out-prefix', output],
    takes: ofModule,
    says: /^WARN: /,
  },
  'gen vmlinux': {
    args: ({ input, output }) => ['gen', input, '--out-prefix', output, '-j', '1', '--json'],
    takes: /^(module\/mini-vmlinux|kfuncs\/implicit\.o|dwarf\/program.*)$/,
    usage: /is a module: --base wants/,
    says: /^WARN: /,
  },
  'gen module': {
    args: ({ input }) => ['gen', input, ...onKernel, '--design', '7.0', '--distill'],
    takes: /^(module\/btfkit_demo\.ko|kfuncs\/implicit\.o|made\/.*\.ko)$/,
    isChanged: true,
    says: /^WARN: /,
  },
  'gen on it': {
    args: ({ input, output }) => [
      ...[
        'gen',
        module,
        '--base',
        input,
        '--no-cache',
        '-j',
        '1',
        '--design',
        '6.12',
        '--out-prefix',
        output,
      ],
    ],
    takes: ofModule,
    says: /^WARN: /,
  },
  'core apply': {
    args: ({ input, output }) => ['core', 'apply', input, '--target', bpfKernel, '-o', output, '--json'],
    takes: objects,
    says: /./,
  },
  'core apply target': {
    args: ({ input, output }) => ['core', 'apply', bpf, '--target', input, '-o', output],
    takes: /^(core|module|made)\//,
    says: /./,
  },
  'core apply --module': {
    args: ({ input, output }) => [
      ...['core', 'apply', bpf, '--target', kernel, '--module', `demo=${input}`, '-o', output],
    ],
    takes: ofModule,
    says: /./,
  },
  'core apply --root': {
    args: ({ root, output }) => [
      'core',
      'apply',
      join(fixture('kernel-roots'), 'programs/probe.o'),
      '--root',
      root,
      '-o',
      output,
    ],
    isRoot: true,
    takes: /^kernel-roots\/(module-btf|image|inline)\//,
    says: /./,
  },
  'core min': {
    args: ({ input, output }) => ['core', 'min', bpf, input, '--target', bpfKernel, '-o', output, '--json'],
    takes: objects,
    says: /./,
  },
  'core min target': {
    args: ({ input, output }) => ['core', 'min', bpf, '--target', input, '-o', output],
    takes: /^(core|module|made)\//,
    says: /./,
  },
  'module check': {
    args: ({ input }) => ['module', 'check', input, '--kernel', kernel, '--json'],
    takes: modules,
  },
  'module check --kernel': {
    args: ({ input }) => ['module', 'check', loadable, '--kernel', input],
    takes: ofModule,
  },
  'module check --symvers': {
    args: ({ input }) => ['module', 'check', loadable, '--kernel', kernel, '--symvers', input],
    takes: /^made\/Module\.symvers$/,
  },
  'module check --config': {
    args: ({ input }) => ['module', 'check', loadable, '--kernel', kernel, '--config', input],
    takes: /^made\/config$/,
  },
  'module check --kallsyms': {
    args: ({ input }) => ['module', 'check', loadable, '--kernel', kernel, '--kallsyms', input],
    takes: /kallsyms$/,
  },
  doctor: ({ input }) => ['doctor', input, ...ofKernel, '--kernel', '6.12', '--json'],
  'doctor pair': {
    args: ({ input }) => ['doctor', loadable, '--base', input],
    takes: ofModule,
    writesParts: true,
  },
  'doctor program': {
    args: ({ input }) => ['doctor', bpf, '--base', input, '--json'],
    takes: /^(core|module|made)\//,
  },
  'doctor --log': { args: ({ input }) => ['doctor', '--log', input, '--json'], takes: /^doctor\// },
  'kernel list': {
    args: ({ root }) => ['kernel', 'list', '--root', root, '--json'],
    isRoot: true,
    saysMore: true,
    takes: /^kernel-roots\/(?!programs)/,
  },
  'kernel spec': {
    args: ({ root }) => ['kernel', 'spec', '--root', root],
    isRoot: true,
    takes: /^kernel-roots\/(?!programs)/,
  },
  'kernel spec module': {
    args: ({ root }) => ['kernel', 'spec', 'btfkit_demo', '--root', root, '--json'],
    isRoot: true,
    takes: /^kernel-roots\/(?!programs)/,
  },
  'kernel spec program': {
    args: ({ root }) => ['kernel', 'spec', 'kprobe/vfs_read', '--root', root],
    isRoot: true,
    takes: /^kernel-roots\/(module-btf|no-module-btf)/,
  },
  'pahole -J': {
    tool: 'pahole',
    args: ({ input }) => ['-J', '--btf_features=default,distilled_base', '--btf_base', kernel, input],
    isChanged: true,
  },
  'pahole detached': {
    tool: 'pahole',
    args: ({ input, output }) => ['--btf_features=all', `--btf_encode_detached=${output}`, '-j1', input],
  },
  'pahole shows': { tool: 'pahole', args: ({ input }) => ['-C', 'point', input], takes: btfOfDwarf },
  'resolve_btfids 6.12': {
    tool: 'resolve_btfids',
    args: ({ input }) => ['-b', kernel, input],
    takes: /^(made|inputs)\/.*\.ko$/,
    isChanged: true,
    says: /^(WARN|libbpf): /,
  },
  'resolve_btfids 7.0': {
    tool: 'resolve_btfids',
    args: ({ input }) => ['--btf', fixture('kfuncs/implicit.tagged.btf'), input],
    takes: /^kfuncs\/implicit\.o$/,
    says: /^(WARN|libbpf): /,
  },
  'resolve_btfids --btf': {
    tool: 'resolve_btfids',
    args: ({ input, help }) => ['--btf', input, join(help, 'implicit.o')],
    takes: blobs,
    says: /^(WARN|libbpf): /,
  },
  'resolve_btfids --patch_btfids': {
    tool: 'resolve_btfids',
    args: ({ input }) => ['--patch_btfids', fixture('kfuncs/implicit.tagged.BTF_ids'), input],
    takes: /^kfuncs\/implicit\.o$/,
    isChanged: true,
  },
};

/** @type {Record<string, Row>} */
export const verbs = Object.fromEntries(
  Object.entries({ ...ofBtf, ...rows }).map(([name, row]) => [
    name,
    typeof row === 'function' ? { args: row } : row,
  ]),
);
