import { KINDS, Kind } from '../btf/index.js';
import { Breach } from '../verify/breach.js';
import {
  type JudgedVmlinux,
  type Judgement,
  judgeModule,
  judgeVmlinux,
  type KernelOptions,
  NEWEST_RELEASE,
  releaseOf,
  rulesOf,
} from '../verify/index.js';
import { meaningOf } from '../verify/meanings.js';
import type { Scene } from './scene.js';
import type { Subject } from './subject.js';

/** What a kernel says to a file, and which of the symptoms that is. */
export interface Refusal extends Judgement {
  readonly release: string;
  /** Id of the check whose symptom it is. */
  readonly check: string;
}

/** The release whose rules count for a file: that of the scene, else its own, else the newest. */
export function releaseFor(subject: Subject, scene: Scene): string {
  const version = scene.kernel?.value ?? subject.release ?? scene.vmlinux?.release;
  return (version === undefined ? undefined : releaseOf(version)) ?? NEWEST_RELEASE;
}

/** The kernel's refusal of a file's BTF; undefined where it takes it, or where that cannot be told. */
export function refusalOf(subject: Subject, scene: Scene): Refusal | undefined {
  const release = releaseFor(subject, scene);
  return subject.once(`refusal ${release} ${scene.vmlinux?.path}`, () => {
    const judgement = judge(subject, scene, release);
    if (judgement === undefined || judgement.accepted) return undefined;
    const message = wholeMessage(judgement);
    // The kernel prints the entry of a section alone, without the section.
    const btf = subject.types(scene.vmlinux);
    const { typeId } = judgement;
    const isSection =
      btf !== undefined && typeId !== null && typeId < btf.endId && btf.kind(typeId) === Kind.DATASEC;
    const known = isSection ? `[${typeId}] DATASEC ${message}` : message;
    return { ...judgement, message, release, check: checkOf(known, subject, release) };
  });
}

function judge(subject: Subject, scene: Scene, release: string): Judgement | undefined {
  const { btf, base, kind } = subject;
  if (btf === undefined) return undefined;
  const options = optionsFor(subject, release);
  // What a program's loader fills in is not there yet.
  if (kind === 'program' || kind === 'object') return undefined;
  if (kind !== 'module' && !subject.isSplit && base === undefined) return judgedVmlinux(subject, release);
  const { vmlinux } = scene;
  if (vmlinux === undefined || vmlinux === subject) return undefined;
  const judged = judgedVmlinux(vmlinux, release);
  return judged?.btf === undefined ? undefined : judgeModule({ btf, base }, judged, options);
}

/** What the kernel says to its own BTF; undefined without any. */
export function judgedVmlinux(subject: Subject, release: string): JudgedVmlinux | undefined {
  const { btf } = subject;
  return btf === undefined
    ? undefined
    : subject.once(`judged ${release}`, () => judgeVmlinux(btf, optionsFor(subject, release)));
}

/** A raw blob says itself which byte order its kernel has. */
function optionsFor({ elf, btf }: Subject, release: string): KernelOptions {
  return {
    rules: rulesOf(release),
    littleEndian: elf?.littleEndian ?? btf?.[0] !== 0xeb,
    pointerSize: elf === undefined || elf.is64 ? 8 : 4,
  };
}

const BY_PROBLEM: readonly (readonly [problem: RegExp, check: string])[] = [
  [/kind_flag/, 'S33'],
  [/Unsupported btf_header/, 'S34'],
  [/Invalid (kind:|btf_info:)/, 'S35'],
  [/Invalid magic|hdr_len not found|btf_header not found/, 'S36'],
  [
    /[Ss]tring section|[Ss]ection (overlap|length|offset|found)|section found|No type found|Unaligned \w+_off/,
    'S37',
  ],
  [/Invalid member bits_offset/, 'S32'],
];
const OF_MODULES: readonly (readonly [problem: RegExp, check: string])[] = [
  [/mapped to base BTF|multiple candidates|distilled base/, 'S41'],
  [/name_offset/, 'S31'],
];

/** The last message with the type that it is about: the kernel prints them in pieces. */
function wholeMessage({ message, log }: Judgement): string {
  const prints = log.map(print => print.replace(/^BPF:/, '').trim()).filter(print => print !== '');
  if (prints.length === 0) return message.trim();
  // Of a type with many members its own line is far up.
  const type = prints.findLastIndex(print => /^\[\d+\] [A-Z]/.test(print));
  const last = Math.max(0, prints.length - 6);
  return [...(type >= 0 && type < last ? prints.slice(type, type + 1) : []), ...prints.slice(last)].join(' ');
}

function checkOf(message: string, { kind, isSplit, base }: Subject, release: string): string {
  // On a base of its own it does not depend on vmlinux.
  const standsAlone = base !== undefined && rulesOf(release).distilledBase;
  const check = checkOfMessage(message, kind === 'module' || isSplit);
  return standsAlone && (check === 'S30' || check === 'S31') ? 'N01' : check;
}

/** Which symptom a message of the verifier is: of a module that nothing else explains, the wrong vmlinux. */
export function checkOfMessage(message: string, isModule: boolean): string {
  if (isModule) {
    const special = OF_MODULES.find(([problem]) => problem.test(message));
    if (special !== undefined) return special[1];
  }
  const known = BY_PROBLEM.find(([problem]) => problem.test(message));
  if (known !== undefined) return known[1];
  if (message.includes(' DATASEC ') && /Invalid (offset|size)/.test(message)) return 'S08';
  return isModule ? 'S30' : 'N01';
}

/** What verify knows of a message in a log, with the kind of the type that it is about; undefined for an unknown one. */
export function meaningOfPrints(prints: readonly string[], kindText: string | undefined): string | undefined {
  const kind = Math.max(
    0,
    KINDS.findIndex(one => one?.name === kindText),
  );
  for (const print of prints.toReversed()) {
    const at = print.search(/\b(Invalid|Unsupported|No |Section|Total|String) ?/);
    for (const problem of [print, at > 0 ? print.slice(at) : '']) {
      const meaning = meaningOf(new Breach(22, problem, null, null, kind));
      if (problem !== '' && meaning !== problem) return meaning;
    }
  }
  return undefined;
}

/** A refusal as evidence: the message, the place, the meaning. */
export function refusalLines({ message, errno, typeId, offset, meaning, release }: Refusal): {
  readonly seen: string;
  readonly how: readonly string[];
} {
  const places: string[] = [];
  if (typeId !== null) places.push(`type id ${typeId}`);
  if (offset !== null) places.push(`byte 0x${offset.toString(16)} of .BTF`);
  const place = places.length === 0 ? [] : [places.join(', ')];
  const seen = `Linux ${release} answers -${errno}: ${message.trim() || 'without a message'}`;
  return { seen, how: [...place, meaning] };
}
