import { FormatError } from '../bytes/index.js';
import type { Check, Proof, Severity } from './check.js';
import { CHECKS } from './checks/index.js';
import { type Finding, fillIn, inOrder, rankCauses, type Seen } from './finding.js';
import { checkOfMessage, meaningOfPrints } from './judgement.js';
import { MessageTable, type Sighting } from './log/reader.js';
import { type Scene, versions } from './scene.js';
import type { Subject } from './subject.js';

/** Lines that are no symptom, but tell what the next ones are about. */
const CONTEXT = { file: 'context file', release: 'context release', harmless: 'harmless' } as const;
const CONTEXT_MESSAGES = [
  { id: CONTEXT.file, text: ' BTFIDS  {file:w}' },
  { id: CONTEXT.file, text: ' BTF     {file:w}' },
  { id: CONTEXT.file, text: 'BTF [M] {file:w}' },
  { id: CONTEXT.file, text: 'LD [M]  {file:w}' },
  { id: CONTEXT.release, text: 'Linux version {release:w}' },
  { id: CONTEXT.release, text: '/lib/modules/{release:w}/build' },
  { id: CONTEXT.release, text: 'Kernel: {release:w} ' },
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
/** What a module's refusal is where its message says nothing else. */
const MISMATCH = 'S30';
/** Checks whose messages of the verifier are theirs alone. */
const EXACT: ReadonlySet<string> = new Set(
  CHECKS.filter(({ id, stage }) => stage === 'load' && id !== 'N01' && id !== MISMATCH).map(({ id }) => id),
);
/** Prints of the verifier that belong together stand this close. */
const NEAR = 4;
const MOST_SEEN = 5;
const MOST_VALUES = 8;

/** What was gathered for one check. */
class Case {
  readonly check: Check;
  readonly seen: Seen[] = [];
  readonly fields = new Map<string, string[]>();
  readonly proofs: Proof[] = [];
  /** What verify knows of the kernel's messages. */
  readonly meanings = new Set<string>();
  /** Causes that messages spoke for. */
  readonly hints = new Set<number>();
  count = 0;
  said = false;
  /** A message said so plainly, or a file shows it. */
  sure = false;

  constructor(check: Check) {
    this.check = check;
  }

  note(seen: Seen, fields: Readonly<Record<string, string>>, isVague = false): void {
    this.said = true;
    this.sure ||= !isVague;
    this.count++;
    if (this.seen.length < MOST_SEEN) this.seen.push(seen);
    for (const [name, value] of Object.entries(fields)) {
      const trimmed = value.trim().replace(/[.,;:'")]+$/, '');
      const values = this.fields.get(name);
      if (trimmed === '') continue;
      if (values === undefined) this.fields.set(name, [trimmed]);
      else if (values.length < MOST_VALUES && !values.includes(trimmed)) values.push(trimmed);
    }
  }

  prove(proof: Proof): void {
    this.sure = true;
    this.count++;
    if (this.proofs.length < MOST_SEEN) this.proofs.push(proof);
  }
}

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

  /** A message in a log; `log` is how it is named. */
  hear(log: string, sighting: Sighting<string>): void {
    const { id, line, text, said, cause, isVague, fields } = sighting;
    if (id === CONTEXT.file) this.at = { file: fields.file!, line };
    else if (id === CONTEXT.release) this.release ??= fields.release;
    else if (id === CONTEXT.harmless) return;
    else if (KERNEL_PRINT.test(text)) this.hearPrint(log, id, line, text, fields);
    else if (this.prints !== undefined && 'module' in fields && line - this.prints.last <= NEAR) {
      Object.assign(this.prints.fields, fields);
      this.prints.texts.push(said);
      this.endPrints();
    } else {
      this.endPrints();
      const near = this.at !== undefined && line - this.at.line <= REACH ? { file: this.at.file } : {};
      const found = this.caseOf(id);
      found.note({ where: `${log}:${line}`, text }, { ...near, ...fields }, isVague);
      if (cause !== undefined) found.hints.add(cause);
    }
  }

  /** To be called at the end of each log. */
  endLog(): void {
    this.endPrints();
    this.at = undefined;
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
    const meaning = meaningOfPrints(prints.texts, kind);
    if (meaning !== undefined && found.meanings.size < MOST_SEEN) found.meanings.add(meaning);
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

const WEIGHT: Readonly<Record<Severity, number>> = { error: 2, warning: 1, note: 0 };

function findingOf(
  { check, seen, fields, proofs, hints, meanings, count, said, sure }: Case,
  present: ReadonlySet<string>,
  scene: Scene,
): Finding {
  const { id, title, stage, affects, source } = check;
  const severities = proofs.map(proof => proof.severity ?? check.severity);
  if (said) severities.push(check.severity);
  const severity = severities.reduce((a, b) => (WEIGHT[b] > WEIGHT[a] ? b : a));
  const shown = new Set(proofs.flatMap(({ cause }) => (cause === undefined ? [] : [cause])));
  if (proofs.length > 0 && shown.size === 0 && check.causes.length === 1) shown.add(0);
  const causes = rankCauses(check, shown, hints, cause => cause.ruledOut?.(scene)).map(cause => ({
    ...cause,
    what: fillIn(cause.what, fields),
    remedy: fillIn(cause.remedy, fields),
  }));
  const exact = proofs.find(({ remedy }) => remedy !== undefined)?.remedy;
  // Of several files the first tells enough; the others are in `proofs`.
  const how = proofs[0]?.how ?? [];
  return {
    id,
    title: sure ? title : `perhaps ${title}`,
    stage,
    severity,
    seen: [...seen, ...proofs.map(({ where, seen: text }) => ({ where, text }))],
    count,
    means: fillIn(check.means, fields),
    how: proofs.length > 0 ? how : [...meanings, ...versions(scene)],
    proofs: proofs.map(proof => ({ where: proof.where, seen: proof.seen, how: proof.how ?? [] })),
    causes,
    remedy: exact ?? [causes[0]!.remedy],
    confirmed: proofs.length > 0,
    follows: (check.after ?? []).filter(other => present.has(other)),
    affects,
    source,
  };
}
