import { memorySource } from '@btfkit/core/bytes';
import {
  Diagnosis,
  emptyScene,
  type Finding,
  knownFromConfig,
  LogReader,
  messageTable,
  openSubject,
  parseConfig,
  type Scene,
} from '@btfkit/core/doctor';

const table = messageTable();

/** What is at hand, in the shortest form. */
export interface Case {
  /** Contents by path; the first vmlinux or blob that stands on nothing is what modules stand on. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Path of what is the kernel, where its content does not say so. */
  readonly base?: string;
  readonly config?: string;
  readonly kernel?: string;
  readonly pahole?: number;
  /** Scripts, by their path in the tree. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Files that are there, for a tree. */
  readonly tree?: readonly string[];
  readonly sizes?: Readonly<Record<string, number>>;
  readonly log?: string;
}

/** What the doctor says of it. */
export async function examine(given: Case): Promise<Finding[]> {
  const diagnosis = new Diagnosis();
  if (given.log !== undefined) {
    const reader = new LogReader(table, sighting => diagnosis.hear('log', sighting));
    reader.feed(new TextEncoder().encode(given.log));
    reader.end();
    diagnosis.endLog();
  }
  const subjects = [];
  for (const [path, bytes] of Object.entries(given.files ?? {})) {
    subjects.push(await openSubject(memorySource(bytes, path)));
  }
  const config = given.config === undefined ? undefined : parseConfig('.config', given.config);
  const known = knownFromConfig(config);
  const scene: Scene = {
    ...emptyScene(),
    ...known,
    config,
    ...(given.kernel !== undefined && { kernel: { value: given.kernel, from: '--kernel' } }),
    ...(given.pahole !== undefined && { pahole: { value: given.pahole, from: '--pahole' } }),
    texts: new Map(Object.entries(given.texts ?? {}).map(([path, text]) => [path, { path, text }])),
    files: new Set(given.tree ?? []),
    sizes: new Map(Object.entries(given.sizes ?? {})),
    tree: given.tree === undefined ? undefined : 'tree',
    vmlinux:
      subjects.find(({ path }) => path === given.base) ??
      subjects.find(({ kind, isSplit }) => kind === 'vmlinux' || (kind === 'btf' && !isSplit)),
    programs: subjects.filter(({ kind }) => kind === 'program'),
  };
  diagnosis.lookAround(scene);
  for (const subject of subjects) diagnosis.look(subject, scene);
  return diagnosis.findings(scene);
}
