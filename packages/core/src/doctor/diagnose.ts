import { FormatError } from '../bytes/index.js';
import { Case, findingOf } from './case.js';
import type { Check } from './check.js';
import { CHECKS } from './checks/index.js';
import { type Finding, inOrder } from './finding.js';
import { checkOfMessage } from './judgement.js';
import { MessageTable, type Sighting } from './log/reader.js';
import type { Scene } from './scene.js';
import type { Subject } from './subject.js';

/** Lines that are no symptom, but tell what the next ones are about. */
const CONTEXT = {
  file: 'context file',
  release: 'context release',
  begin: 'load log begins',
  end: 'load log ends',
  harmless: 'harmless',
} as const;
const CONTEXT_MESSAGES = [
  { id: CONTEXT.file, text: ' BTFIDS  {file:w}' },
  { id: CONTEXT.file, text: ' BTF     {file:w}' },
  { id: CONTEXT.file, text: 'BTF [M] {file:w}' },
  { id: CONTEXT.file, text: 'LD [M]  {file:w}' },
  { id: CONTEXT.release, text: 'Linux version {release:w}' },
  { id: CONTEXT.release, text: '/lib/modules/{release:w}/build' },
  { id: CONTEXT.release, text: 'Kernel: {release:w} ' },
  { id: CONTEXT.begin, text: '-- BEGIN BTF LOAD LOG --' },
  { id: CONTEXT.end, text: '-- END BTF LOAD LOG --' },
  { id: CONTEXT.harmless, text: 'PAHOLE: Warning: Found symbol of zero size when encoding btf' },
];
/** How many lines further on a file is still what is worked on. */
const REACH = 40;

/** All messages that are recognised. */
export function messageTable(): MessageTable<string> {
  const messages = CHECKS.flatMap(({ id, texts }) =>
    texts.map(one => (typeof one === 'string' ? { id, text: one } : { id, ...one })),
  );
  return new MessageTable([...messages, ...CONTEXT_MESSAGES]);
}

const KERNEL_PRINT = /\bBPF:(.*)$/;
const TYPE_LINE = /^\[\d+\] [A-Z]/;
/** A line of the verifier as a program's loader shows it. */
const VERIFIER_LINE = /^\s*\[\d+\] |\bInvalid \w|\bUnsupported \w/;
/** What a module's refusal is where its message says nothing else. */
const MISMATCH = 'S30';
/** What the verifier says between libbpf's two lines is of a program's BTF. */
const OF_PROGRAM = 'S78';
/** Checks whose messages of the verifier are theirs alone. */
const EXACT: ReadonlySet<string> = new Set(
  CHECKS.filter(({ id, stage }) => stage === 'load' && id !== 'N01' && id !== MISMATCH).map(({ id }) => id),
);
const OF_LOADING: ReadonlySet<string> = new Set(
  CHECKS.filter(({ stage }) => stage === 'load').map(({ id }) => id),
);
/** Prints of the verifier that belong together stand this close. */
const NEAR = 4;

/** Prints of the kernel's verifier that came one after the other. */
interface Prints {
  readonly where: string;
  readonly texts: string[];
  readonly fields: Record<string, string>;
  id: string | undefined;
  last: number;
}

/**
 * Gathers what logs and files say, and puts it together: `hear` each sighting of a log, then `lookAround`, `look` at each
 * file, and ask for the `findings`.
 */
export class Diagnosis {
  private readonly cases = new Map<string, Case>();
  private prints: Prints | undefined;
  private at: { readonly file: string; readonly line: number } | undefined;
  private release: string | undefined;
  private inLoadLog = false;

  /** A message in a log; `log` is how it is named. */
  hear(log: string, sighting: Sighting<string>): void {
    const { id, line, text, said, cause, isVague, fields } = sighting;
    if (id === CONTEXT.file) this.at = { file: fields.file!, line };
    else if (id === CONTEXT.release) this.release ??= fields.release;
    else if (id === CONTEXT.begin || id === CONTEXT.end) this.inLoadLog = id === CONTEXT.begin;
    else if (id === CONTEXT.harmless) return;
    else if (KERNEL_PRINT.test(text)) this.hearPrint(log, id, line, text, fields);
    else if (this.prints !== undefined && 'module' in fields && line - this.prints.last <= NEAR) {
      Object.assign(this.prints.fields, fields);
      this.prints.texts.push(said);
      this.endPrints();
    } else {
      this.endPrints();
      const near = this.at !== undefined && line - this.at.line <= REACH ? { file: this.at.file } : {};
      const isOfProgram = this.inLoadLog && OF_LOADING.has(id) && VERIFIER_LINE.test(text);
      const found = this.caseOf(isOfProgram ? OF_PROGRAM : id);
      found.note({ where: `${log}:${line}`, text }, { ...near, ...fields }, isVague);
      if (isOfProgram) found.mean([said], undefined);
      else if (cause !== undefined) found.hints.add(cause);
    }
  }

  /** To be called at the end of each log. */
  endLog(): void {
    this.endPrints();
    this.at = undefined;
    this.inLoadLog = false;
  }

  /** The kernel that a log is of, where it says so. */
  get releaseInLog(): string | undefined {
    return this.release;
  }

  private hearPrint(
    log: string,
    id: string,
    line: number,
    text: string,
    fields: Readonly<Record<string, string>>,
  ): void {
    const said = KERNEL_PRINT.exec(text)![1]!.trim();
    const isExact = EXACT.has(id);
    if (!this.goesOn(line, said, isExact ? id : undefined)) {
      this.endPrints();
      this.prints = { where: `${log}:${line}`, texts: [], fields: {}, id: undefined, last: 0 };
    }
    const current = this.prints!;
    if (said !== '' && current.last !== line) current.texts.push(said);
    current.last = line;
    const { said: rest, what, ...own } = fields;
    Object.assign(current.fields, own);
    if (isExact) current.id = id;
    else if (id === MISMATCH) current.id ??= id;
  }

  /** Does a print belong to those before it? */
  private goesOn(line: number, said: string, exact: string | undefined): boolean {
    const { prints } = this;
    if (prints === undefined || line - prints.last > NEAR) return false;
    if (line === prints.last) return true;
    if (exact !== undefined && prints.id !== undefined && EXACT.has(prints.id) && prints.id !== exact)
      return false;
    // A type's line begins what the verifier has to say of it.
    return !(TYPE_LINE.test(said) && prints.texts.some(text => TYPE_LINE.test(text)));
  }

  private endPrints(): void {
    const { prints } = this;
    this.prints = undefined;
    if (prints === undefined) return;
    const text = prints.texts.join(' ');
    const [, type, kind, name] = /\[(\d+)\] ([A-Z][A-Z_0-9]+) (\S+)/.exec(text) ?? [];
    const fields = { ...prints.fields, ...(type !== undefined && { type, kind: kind!, name: name! }) };
    const said = prints.id === MISMATCH ? undefined : prints.id;
    const isModule = 'module' in fields || prints.id === MISMATCH;
    const found = this.caseOf(said ?? checkOfMessage(text, isModule));
    found.note({ where: prints.where, text: `BPF: ${text}` }, fields);
    found.mean(prints.texts, kind);
  }

  /** Looks at the scene as a whole. */
  lookAround(scene: Scene): void {
    for (const check of CHECKS) {
      for (const proof of check.inScene?.(scene, this.wasSaid(check)) ?? [])
        this.caseOf(check.id).prove(proof);
    }
  }

  /** Looks at one file. Throws FormatError, after all checks, where one met something that is malformed. */
  look(subject: Subject, scene: Scene): void {
    let malformed: FormatError | undefined;
    for (const check of CHECKS) {
      try {
        for (const proof of check.inFile?.(subject, scene, this.wasSaid(check)) ?? [])
          this.caseOf(check.id).prove(proof);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        malformed ??= error;
      }
    }
    if (malformed !== undefined) throw malformed;
  }

  private wasSaid({ id }: Check): boolean {
    return this.cases.get(id)?.said ?? false;
  }

  private caseOf(id: string): Case {
    const known = this.cases.get(id);
    if (known !== undefined) return known;
    const check = CHECKS.find(one => one.id === id);
    if (check === undefined) throw new Error(`no check ${id}`);
    const made = new Case(check);
    this.cases.set(id, made);
    return made;
  }

  /** Most likely first. */
  findings(scene: Scene): Finding[] {
    this.endPrints();
    // Logs tell in which order things came; of files the order of the catalogue is better than that of their paths.
    const said = [...this.cases.values()].filter(one => one.said);
    const shown = CHECKS.flatMap(({ id }) => this.cases.get(id) ?? []).filter(one => !one.said);
    const all = [...said, ...shown];
    const sure = new Set(all.filter(one => one.sure).map(({ check }) => check.id));
    return inOrder(all.map(one => findingOf(one, sure, scene)));
  }
}
