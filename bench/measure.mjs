import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// bash gives times to the millisecond, GNU time the peak memory (ru_maxrss). cat takes what is written as fast as it
// comes: a slower reader costs the writer time.
const wrapper = `TIMEFORMAT='%3U %3S %3R'
set -o pipefail
{ time /usr/bin/time -o "$0/memory" -f %M "$@" 2>&3; } 3>&2 2>"$0/times" | cat >/dev/null`;

/** Problem that keeps `measure` from working here, or undefined. */
export function missingTools() {
  if (spawnSync('bash', ['-c', 'true']).status !== 0) return 'needs bash';
  return existsSync('/usr/bin/time') ? undefined : 'needs GNU time (apt-get install time)';
}

/**
 * Runs a command to its end, its standard output read through a pipe and dropped.
 * @param {readonly string[]} command
 * @returns {Promise<{ cpu: number, wall: number, memory: number }>} seconds of user and system time, seconds, MB
 */
export async function measure(command) {
  const folder = mkdtempSync(join(tmpdir(), 'measure-'));
  try {
    const child = spawn('bash', ['-c', wrapper, folder, ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', chunk => {
      errors = (errors + chunk).slice(-2000);
    });
    const status = await new Promise(done => child.on('close', done));
    if (status !== 0)
      throw new Error(`${command.slice(0, 3).join(' ')} … ended with ${status}: ${errors.trim()}`);
    const [user, system, wall] = readFileSync(join(folder, 'times'), 'utf8').trim().split(' ').map(Number);
    const memory = Number(readFileSync(join(folder, 'memory'), 'utf8').trim().split('\n').at(-1)) / 1024;
    return { cpu: user + system, wall, memory };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const median = numbers => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** Medians of `runs` measurements of each command, taken in turn: A B A B … */
export async function compare(commands, runs) {
  const taken = commands.map(() => []);
  for (let run = 0; run < runs; run++) {
    for (const [index, command] of commands.entries()) taken[index].push(await measure(command));
  }
  return taken.map(list => ({
    cpu: median(list.map(({ cpu }) => cpu)),
    wall: median(list.map(({ wall }) => wall)),
    memory: median(list.map(({ memory }) => memory)),
  }));
}
