import { type Command, InvalidArgumentError } from 'commander';

/** Options that every verb which reads BTF has. */
export interface InputOptions {
  readonly base?: string[] | undefined;
}

export function addBaseOption(command: Command): Command {
  return command.option(
    '--base <input>',
    'what a split BTF stands on; repeat for several layers, the lowest first',
    collect,
  );
}

/** For options that can be given several times. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** For -j. */
export function parseJobs(value: string): number {
  if (!/^[1-9][0-9]{0,3}$/.test(value)) throw new InvalidArgumentError('A number of threads, from 1 on.');
  return Number(value);
}
