import type { Scene } from './scene.js';
import type { Subject } from './subject.js';

export type Severity = 'error' | 'warning' | 'note';

/** When a message shows: while the kernel is built, when it or a module is loaded, or when a program is. */
export type Stage = 'build' | 'load' | 'program';

/** A thing that brings the symptom about. */
export interface Cause {
  readonly what: string;
  /** How to know that it is this one; left out where there is no other. */
  readonly tell?: string | undefined;
  readonly remedy: string;
  /** Why it cannot be this one here, by the versions that are known; undefined where it can. */
  readonly ruledOut?: (scene: Scene) => string | undefined;
}

/** What a file shows. */
export interface Proof {
  /** The file, and where in it. */
  readonly where: string;
  /** What stands there, in one line. */
  readonly seen: string;
  /** How we know: type id, byte offset, the two versions. */
  readonly how?: readonly string[] | undefined;
  /** Which of the check's causes it is: its index. */
  readonly cause?: number | undefined;
  /** Where the general remedy can be said more exactly. */
  readonly remedy?: readonly string[] | undefined;
  /** Where it weighs less, or more, than the check's own. */
  readonly severity?: Severity | undefined;
}

/** A message that says more, or less, than that the symptom is there. */
export interface CheckText {
  readonly text: string;
  /** The index of the cause that it speaks for. */
  readonly cause?: number;
  /** Other things bring the same words about: alone it makes the symptom likely, not sure. */
  readonly vague?: true;
}

/**
 * A symptom that people meet: how it is recognised, what it means and what helps. Texts may have `{field}` and
 * `{field|what to say without it}`, filled in from the messages that were recognised.
 */
export interface Check {
  /** S01 to S86 of the catalogue, or one of our own, N01 on. */
  readonly id: string;
  readonly title: string;
  readonly stage: Stage;
  readonly severity: Severity;
  /** Messages, as templates (log/template.ts). */
  readonly texts: readonly (string | CheckText)[];
  /** What it looks at in files, for people; '' where only a message tells. */
  readonly looksAt: string;
  readonly means: string;
  /** Most likely first; at least one. */
  readonly causes: readonly Cause[];
  /** Versions. */
  readonly affects: string;
  /** Where it is from: reports, source files. */
  readonly source: readonly string[];
  /** Ids of checks whose findings bring this one about, when both are there. */
  readonly after?: readonly string[];
  /** Ids of others that do so where only vague words speak for this one. */
  readonly perhapsAfter?: readonly string[];
  /** Looks at the whole: configuration, scripts, versions. `said`: its messages were seen in a log. */
  readonly inScene?: (scene: Scene, said: boolean) => Iterable<Proof>;
  /** Looks at one file. */
  readonly inFile?: (subject: Subject, scene: Scene, said: boolean) => Iterable<Proof>;
}
