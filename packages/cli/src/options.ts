import type { Command } from 'commander';

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
