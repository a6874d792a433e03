import type { Proof } from './check.js';
import { CHECKS } from './checks/index.js';
import { compareBtf } from './compare.js';
import { refusalLines, refusalOf, releaseFor } from './judgement.js';
import { counted } from './places.js';
import { isFrom, type Scene, versions } from './scene.js';
import type { Subject } from './subject.js';

/** One question that a finished build is asked. */
export interface GateCase {
  readonly suite: 'vmlinux' | 'modules' | 'reproducible';
  readonly name: string;
  /** `warned`: passed, with something to look at. `skipped`: does not apply to this kernel. */
  readonly outcome: 'passed' | 'warned' | 'failed' | 'skipped';
  /** What is wrong, or what was measured; each one line. */
  readonly messages: readonly string[];
}

export interface GateOptions {
  /** Ids of checks whose findings do not fail the gate. */
  readonly allow?: ReadonlySet<string> | undefined;
}

/** Questions about the vmlinux and the checks that answer them; the first release that each is asked of. */
const OF_VMLINUX: readonly {
  readonly name: string;
  readonly checks: readonly string[];
  readonly since?: readonly [major: number, minor: number];
  /** It is asked of .BTF_ids, with the symbols that say what is in it. */
  readonly ofIds?: true;
}[] = [
  { name: 'variables of sections do not overlap', checks: ['S08'] },
  { name: 'members of structs are in order', checks: ['S32'] },
  { name: "the tree's libbpf reads it", checks: ['S01', 'N07'] },
  { name: 'types are sorted by name', checks: ['S83'], since: [7, 0] },
  { name: 'ids of .BTF_ids are put in', checks: ['N05', 'N17'], ofIds: true },
  { name: 'names of .BTF_ids have types', checks: ['S17'], ofIds: true },
  { name: 'names of .BTF_ids are unique', checks: ['S18'], ofIds: true },
  { name: 'sets of .BTF_ids are sorted', checks: ['N06'], ofIds: true },
  { name: 'kfuncs have their tags', checks: ['S77'], since: [6, 11], ofIds: true },
  { name: 'kfuncs have no implicit arguments', checks: ['S70'], since: [7, 0], ofIds: true },
  { name: 'all features were encoded', checks: ['S86'] },
];

const OF_MODULES = [
  'S08',
  'S32',
  'S40',
  'S41',
  'S42',
  'N02',
  'N03',
  'N15',
  'N17',
  'N05',
  'N06',
  'N08',
  'S17',
  'S18',
  'S70',
  'S77',
];
/** Findings that fail a gate though they are warnings elsewhere: a finished build should be complete. */
const STRICT = new Set(['S77', 'S83', 'N02', 'N06']);

/** Asks a build's vmlinux. `subject` is undefined where there is none, or it cannot be read: `why` says so then. */
export function gateVmlinux(
  subject: Subject | undefined,
  scene: Scene,
  options: GateOptions = {},
  why = 'no vmlinux in the tree',
): GateCase[] {
  const suite = 'vmlinux';
  if (subject?.btf === undefined) {
    const message = subject === undefined ? why : `${subject.path}: .BTF is ${subject.btfState}`;
    return [{ suite, name: 'BTF is there', outcome: 'failed', messages: [message] }];
  }
  const cases: GateCase[] = [
    { suite, name: 'BTF is there', outcome: 'passed', messages: [`${subject.btf.length} bytes`] },
    acceptance(subject, scene, options),
  ];
  const hasIds = (subject.ids?.ids.length ?? 0) > 0;
  for (const { name, checks, since, ofIds } of OF_VMLINUX) {
    const applies = since === undefined || isFrom(scene, ...since);
    if (!applies) {
      const from = `asked of kernels from ${since.join('.')}`;
      cases.push({ suite, name, outcome: 'skipped', messages: [from] });
    } else if (ofIds && !hasIds) {
      const none = ['the file has no .BTF_ids, or no symbols that say what is in it'];
      cases.push({ suite, name, outcome: 'skipped', messages: none });
    } else cases.push(judged(suite, name, problems(subject, scene, checks, options)));
  }
  return [...cases, sizes(subject)];
}

function acceptance(subject: Subject, scene: Scene, { allow }: GateOptions): GateCase {
  const name = `Linux ${releaseFor(subject, scene)} accepts it`;
  const refusal = refusalOf(subject, scene);
  if (refusal === undefined) return { suite: 'vmlinux', name, outcome: 'passed', messages: [] };
  const { seen, how } = refusalLines(refusal);
  const outcome = allow?.has(refusal.check) ? 'warned' : 'failed';
  return { suite: 'vmlinux', name, outcome, messages: [`${refusal.check}: ${seen}`, ...how] };
}

/** Asks a module all that concerns it. */
export function gateModule(
  subject: Subject,
  scene: Scene,
  name: string,
  options: GateOptions = {},
): GateCase {
  const suite = 'modules';
  if (subject.btf === undefined) {
    const wanted = scene.config === undefined || scene.config.get('DEBUG_INFO_BTF_MODULES') === 'y';
    const messages = [`.BTF is ${subject.btfState}`];
    if (!wanted) return { suite, name, outcome: 'skipped', messages };
    const isAllowed = options.allow?.has('S45') ?? false;
    return { suite, name, outcome: isAllowed ? 'warned' : 'failed', messages };
  }
  const found = problems(subject, scene, OF_MODULES, options);
  const refusal = refusalOf(subject, scene);
  if (refusal !== undefined) {
    const { seen, how } = refusalLines(refusal);
    const list = options.allow?.has(refusal.check) ? found.warned : found.failed;
    list.unshift(`${refusal.check}: ${[seen, ...how].join('; ')}`);
  }
  return judged(suite, name, found);
}

interface Problems {
  readonly failed: string[];
  readonly warned: string[];
}

/** What some checks find in a file. */
function problems(subject: Subject, scene: Scene, ids: readonly string[], { allow }: GateOptions): Problems {
  const found: Problems = { failed: [], warned: [] };
  const known = versions(scene);
  for (const check of CHECKS) {
    if (!ids.includes(check.id)) continue;
    for (const proof of check.inFile?.(subject, scene, false) ?? []) {
      const severity = proof.severity ?? check.severity;
      const fails = (severity === 'error' || STRICT.has(check.id)) && !allow?.has(check.id);
      (fails ? found.failed : found.warned).push(lineOf(check.id, proof, known));
    }
  }
  return found;
}

/** Without the versions, which are the same for all. */
function lineOf(id: string, { seen, how = [] }: Proof, known: readonly string[]): string {
  return `${id}: ${[seen, ...how.filter(text => !known.includes(text))].join('; ')}`;
}

function judged(suite: GateCase['suite'], name: string, { failed, warned }: Problems): GateCase {
  const outcome = failed.length > 0 ? 'failed' : warned.length > 0 ? 'warned' : 'passed';
  return { suite, name, outcome, messages: [...failed, ...warned] };
}

/** BTF_MAX_TYPE and BTF_MAX_NAME_OFFSET: past them the kernel refuses all of it. */
const MOST_TYPES = 0xfffff;
const LONGEST_STRINGS = 0xffffff;
/** Of the room that there is: from here on somebody should know. */
const NEARLY = 0.9;

function sizes(subject: Subject): GateCase {
  const name = 'sizes are within limits';
  const btf = subject.types(undefined);
  if (btf === undefined) {
    return { suite: 'vmlinux', name, outcome: 'failed', messages: ['the types cannot be read'] };
  }
  const [types, strings] = [btf.endId - 1, btf.header.stringLength];
  const messages = [
    `${counted(types, 'type')} of at most ${MOST_TYPES.toLocaleString('en')}`,
    `${counted(strings, 'byte')} of strings of at most ${LONGEST_STRINGS.toLocaleString('en')}`,
  ];
  const used = Math.max(types / MOST_TYPES, strings / LONGEST_STRINGS);
  return {
    suite: 'vmlinux',
    name,
    outcome: used > 1 ? 'failed' : used > NEARLY ? 'warned' : 'passed',
    messages,
  };
}

/** Whether a file has the same BTF and ids as its like of another build; `other` is undefined where that has none. */
export function gateReproducible(
  subject: Subject,
  other: Subject | undefined,
  name: string,
  bases: { readonly own: Subject | undefined; readonly other: Subject | undefined },
): GateCase {
  const suite = 'reproducible';
  if (other === undefined) {
    return { suite, name, outcome: 'failed', messages: ['the other build does not have it'] };
  }
  const messages: string[] = [];
  const difference = compareBtf(subject, other, bases);
  if (difference !== undefined) messages.push(difference);
  if (!same(subject.base, other.base)) messages.push('.BTF.base differs');
  if (!same(subject.ids?.bytes, other.ids?.bytes)) messages.push('.BTF_ids differs');
  return { suite, name, outcome: messages.length > 0 ? 'failed' : 'passed', messages };
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
