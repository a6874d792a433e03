import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { report, Status } from './exit.js';
import { writeError, writeOut } from './output.js';
import { Program } from './program.js';
import * as convert from './verbs/convert.js';
import * as core from './verbs/core.js';
import * as dedup from './verbs/dedup.js';
import * as diff from './verbs/diff.js';
import * as distill from './verbs/distill.js';
import * as doctor from './verbs/doctor.js';
import * as dump from './verbs/dump.js';
import * as encode from './verbs/encode.js';
import * as endian from './verbs/endian.js';
import * as gen from './verbs/gen.js';
import * as kernel from './verbs/kernel.js';
import * as layout from './verbs/layout.js';
import * as module from './verbs/module.js';
import * as read from './verbs/read.js';
import * as relocate from './verbs/relocate.js';
import * as resolveIds from './verbs/resolve-ids.js';
import * as sort from './verbs/sort.js';
import * as standalone from './verbs/standalone.js';
import * as stats from './verbs/stats.js';
import * as verify from './verbs/verify.js';

// Each verb defines its options here and loads what it works with only when it runs.
const verbs = [
  encode,
  dump,
  layout,
  read,
  stats,
  dedup,
  endian,
  distill,
  relocate,
  sort,
  standalone,
  convert,
  resolveIds,
  gen,
  verify,
  module,
  core,
  kernel,
  diff,
  doctor,
];

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}

/**
 * Runs the command with these arguments, as the executable does, and returns what the process is to end with.
 * Can be called again: tests drive it so without starting a process each time.
 */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Program('btfkit')
    .description('Kernel BTF: encode it from DWARF, print it, look into it.')
    .option('-V, --version', 'print the version')
    .on('option:version', () => {
      writeOut(`${version()}\n`);
      throw new CommanderError(0, 'commander.version', '');
    })
    .exitOverride()
    .configureOutput({ writeOut, writeErr: writeError })
    .addHelpText(
      'after',
      `
Exit status: 0 done, or the check said yes; 1 the check said no; 2 wrong usage;
3 an input cannot be read or is malformed; 4 a fault of btfkit itself.`,
    );
  for (const verb of verbs) verb.define(program);

  try {
    await program.parseAsync(args, { from: 'user' });
    return Status.DONE;
  } catch (error) {
    return report(error);
  }
}

/** Runs as one of the tools that a kernel build calls, and returns what the process is to end with. */
export async function standIn(tool: 'pahole' | 'resolve_btfids', args: readonly string[]): Promise<number> {
  if (tool === 'pahole') {
    const { pahole } = await import('./stand-ins/pahole.js');
    return pahole(args, of => main(['layout', ...of]));
  }
  return (await import('./stand-ins/resolve-btfids.js')).resolveBtfids(args);
}
