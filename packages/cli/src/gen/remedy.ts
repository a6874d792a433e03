import type { Encoded, FileFailure } from '../encode/file-encoder.js';
import type { Failure } from '../exit.js';
import type { Step } from '../finish.js';
import { asText, writeError } from '../output.js';

/** What helps where the message does not say it itself. */
const REMEDIES: readonly (readonly [step: Step, problem: RegExp, remedy: string])[] = [
  ['encode', /no DWARF|\.debug_info/, 'build with CONFIG_DEBUG_INFO_DWARF5=y, and run this before strip'],
  ['encode', /no such file/, 'name the file that the link wrote'],
  ['transform', /prototype/, 'encode anew: a kfunc without a prototype cannot be called'],
  ['distill', /./, '--base must be the vmlinux that the module was built for'],
  ['resolve ids', /resolved against other BTF/, 'link anew, or take the file before resolve_btfids'],
  ['resolve ids', /./, 'check the BTF_ID lists of the source'],
  ['embed', /loaded image/, 'without --in-place, ELF.btf.o is written for the next link'],
];

/** The failure as the user is told of it: the step, the input, the problem, and what to do. */
export function explained(input: string, { status, message, step }: FileFailure): Failure {
  const problem = message.startsWith(`${input}: `) ? message.slice(input.length + 2) : message;
  const remedy = REMEDIES.find(([of, pattern]) => of === step && pattern.test(problem))?.[2];
  return { status, message: `${step}: ${input}: ${problem}${remedy === undefined ? '' : ` (${remedy})`}` };
}

/** Warnings in the words that builds look for, and what was left out. */
export function tell(input: string, { warnings = [], notes }: Encoded): void {
  writeError(asText([...warnings, ...notes.map(note => `btfkit: note: ${input}: ${note}`)]));
}
