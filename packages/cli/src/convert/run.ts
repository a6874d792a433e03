import { Btf, Kind } from '@btfkit/core/btf';
import { completed, convert, LOSSES, type Loss } from '@btfkit/core/convert';
import { relocate } from '@btfkit/core/distill';
import { btfSections, type OpenedInput, openInput } from '@btfkit/core/input';
import {
  type Judgement,
  judgeModule,
  judgeProgram,
  judgeVmlinux,
  type KernelRules,
  rulesOf,
} from '@btfkit/core/verify';
import { checkEmbeddable, embedded } from '../embed.js';
import { Refusal, UsageError } from '../exit.js';
import { fileSource, writeAllWhole } from '../files.js';
import { loadBases, sysfsBases } from '../inputs.js';
import { asText, writeError, writeJson } from '../output.js';
import { checkPlaces, realPath } from '../places.js';
import { orRefusal } from '../refusal.js';
import { releaseNamed } from '../release.js';
import type { ConvertOptions, Owner } from './options.js';

/** What is converted, and what its file says of it. */
interface Subject {
  readonly btf: Btf;
  /** From a BPF object, or a blob without a file around it. */
  readonly mayBeProgram: boolean;
  readonly pointerSize: number;
  /** The `.BTF.base` of its file, where it goes on standing on that. */
  readonly base: Uint8Array | undefined;
}

/** A verdict on the result, or on what it stands on: then that has a name. */
type Judged = Judgement & { readonly ofBase?: string };

/** Converts, says what was lost, has the result judged, and writes it if the kernel takes it. */
export async function convertFile(input: string, options: ConvertOptions): Promise<void> {
  const { base = [], output, json, embed } = options;
  if (embed && input === '-') throw new UsageError('--embed wants a file, standard input is none');
  // To change the file itself is what --embed is about.
  const inputs = embed && realPath(output) === realPath(input) ? base : [input, ...base];
  checkPlaces({ inputs, outputs: [output], json });
  const release = releaseNamed(options.kernel);
  const rules = rulesOf(release);
  const source = fileSource(input);
  let finish: () => void;
  try {
    const opened = await openInput(source);
    if (embed) checkEmbeddable(input, opened);
    finish = await convertOpened(input, opened, options, rules);
  } finally {
    source.close();
  }
  // Not every system lets an open file be replaced.
  finish();
}

/** Returns what writes the result and tells of it. */
async function convertOpened(
  input: string,
  opened: OpenedInput,
  options: ConvertOptions,
  rules: KernelRules,
): Promise<() => void> {
  const { release } = rules;
  const subject = await load(input, opened, options, rules);
  const owner = options.as ?? ownerOf(subject);
  if (owner === 'module' && subject.btf.base === null)
    throw new UsageError(`--as module: ${input} is read on no base, name it with --base`);
  const reader = owner === 'program' ? 'program' : 'kernel';
  const { bytes, losses, added } = convert(subject.btf, { rules, reader });
  const gaps = owner === 'program' ? completed(subject.btf) : undefined;
  const judged = gaps === undefined ? bytes : convert(Btf.parse(gaps), { rules, reader }).bytes;
  const judgement = judge(judged, subject, owner, rules);
  for (const loss of losses) writeError(asText([`btfkit: ${input}: ${lossText(loss)}`]));
  const notes = [...judgement.notes];
  if (gaps !== undefined) {
    notes.push('sections without size and what is extern are left as they are, for libbpf to fill in');
  }
  for (const note of notes) writeError(asText([`btfkit: ${input}: ${note}`]));
  const sections = { btf: bytes, base: subject.base };
  const files = !judgement.accepted
    ? []
    : options.embed
      ? [embedded(input, opened.elf!, sections, options.output)]
      : [{ path: options.output, bytes }];
  return () => {
    writeAllWhole(files);
    if (options.json) {
      const { accepted, errno, message, typeId, offset, meaning } = judgement;
      const { startId, endId } = subject.btf;
      writeJson({
        input,
        output: accepted ? options.output : null,
        kernel: release,
        as: owner,
        types: endId - startId,
        added,
        bytes: bytes.length,
        losses: losses.map(({ name, count }) => ({ name, count, what: LOSSES[name] })),
        accepted,
        errno,
        message,
        typeId,
        offset,
        meaning,
        notes,
      });
    }
    if (!judgement.accepted) throw new Refusal(`${input}: ${refusalText(judgement, release)}`);
  };
}

function refusalText({ message, errno, typeId, meaning, ofBase }: Judged, release: string): string {
  const what = ofBase === undefined ? 'what can be made of it' : `what it stands on, ${ofBase}`;
  // A program's log names the type itself.
  const where = typeId === null || message.startsWith('[') ? '' : ` (type [${typeId}])`;
  const advice = ofBase === undefined ? meaning && ` – ${meaning}` : ' – convert that first';
  return `Linux ${release} would refuse ${what}${where}: ${message || `errno ${errno}`}${advice}`;
}

function lossText({ name, count }: Loss): string {
  return `${count} × ${LOSSES[name]}`;
}

async function load(
  input: string,
  opened: OpenedInput,
  options: ConvertOptions,
  rules: KernelRules,
): Promise<Subject> {
  const base = await loadBases(options.base ?? sysfsBases(input));
  const sections = await btfSections(opened);
  const { elf } = opened;
  const isBpf = elf === undefined ? opened.kind === 'raw' && base === undefined : elf.machine === EM_BPF;
  const pointerSize = elf === undefined || elf.is64 ? 8 : 4;
  const subject = { mayBeProgram: isBpf, pointerSize, base: undefined };
  if (sections.base === undefined) {
    return { ...subject, btf: Btf.parse(sections.btf, { name: input, base }) };
  }
  const own = Btf.parse(sections.base, { name: `${input} .BTF.base` });
  const btf = Btf.parse(sections.btf, { name: input, base: own });
  if (rules.distilledBase) return { ...subject, base: sections.base, btf };
  if (base === undefined) {
    throw new UsageError(
      `${input} stands on its .BTF.base, which Linux ${rules.release} does not know: name that kernel's BTF with --base`,
    );
  }
  const { split } = await orRefusal(() => relocate(btf, base));
  return { ...subject, btf: Btf.parse(split, { name: input, base }) };
}

const EM_BPF = 247;

/** Every kernel's own BTF has the section of per-CPU variables, and no program's. */
function ownerOf({ btf, mayBeProgram }: Subject): Owner {
  if (btf.base !== null) return 'module';
  return mayBeProgram && btf.find('.data..percpu', Kind.DATASEC) === 0 ? 'program' : 'vmlinux';
}

function judge(bytes: Uint8Array, subject: Subject, owner: Owner, rules: KernelRules): Judged {
  const { btf, base: ownBase, pointerSize } = subject;
  const options = { rules, littleEndian: btf.littleEndian, pointerSize };
  if (owner === 'program') return judgeProgram(bytes, options);
  if (owner === 'vmlinux') return judgeVmlinux(bytes, options);
  const { base } = btf;
  if (base!.base !== null) return unjudged('no kernel reads BTF that stands on several layers: not judged');
  const vmlinux = judgeVmlinux(base!.bytes, options);
  if (!vmlinux.accepted) return { ...vmlinux, ofBase: base!.name ?? 'its base' };
  const judgement = judgeModule({ btf: bytes }, vmlinux, options);
  if (ownBase === undefined) return judgement;
  const note = 'stands on its .BTF.base still: judged on that';
  return { ...judgement, notes: [...judgement.notes, note] };
}

function unjudged(note: string): Judgement {
  return {
    accepted: true,
    errno: 0,
    message: '',
    typeId: null,
    offset: null,
    meaning: '',
    log: [],
    notes: [note],
  };
}
