import { errnoName, type Judgement } from '@btfkit/core/verify';
import type { JudgeName } from './options.js';

/** An answer as --json has it. */
export interface Row {
  readonly input: string;
  readonly accepted: boolean;
  /** Null where the input could not be read; `error` says why. */
  readonly errno: number | null;
  readonly errnoName: string | null;
  readonly message: string;
  readonly typeId: number | null;
  readonly offset: number | null;
  readonly as?: JudgeName;
  /** The release that answered. */
  readonly kernel?: string;
  readonly meaning?: string;
  readonly notes?: readonly string[];
  readonly log?: readonly string[];
  readonly error?: string;
  /** For all releases: first and last of each run that accepts, and what each run answers. */
  readonly accepts?: readonly (readonly [string, string])[];
  readonly releases?: readonly ReleaseRow[];
}

/** What neighbouring releases answer alike. */
export interface ReleaseRow {
  readonly from: string;
  readonly to: string;
  readonly accepted: boolean;
  /** These are too old to look at it. */
  readonly unread?: true;
  readonly errno: number;
  readonly errnoName: string;
  readonly message: string;
  readonly typeId: number | null;
  readonly offset: number | null;
  readonly meaning: string;
}

export function rowOf(input: string, judgement: Judgement, log: boolean): Row {
  const { accepted, errno, message, typeId, offset, meaning, notes } = judgement;
  return {
    input,
    accepted,
    errno,
    errnoName: errnoName(errno),
    message,
    typeId,
    offset,
    ...(meaning === '' ? {} : { meaning }),
    ...(notes.length === 0 ? {} : { notes }),
    ...(log ? { log: judgement.log } : {}),
  };
}

export function unreadableRow(input: string, error: string): Row {
  return {
    input,
    accepted: false,
    errno: null,
    errnoName: null,
    message: '',
    typeId: null,
    offset: null,
    error,
  };
}
