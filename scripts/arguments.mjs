// Arguments of the repository's scripts, which say in their first comment what they take.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * As parseArgs, for the script at `url`. With --help prints the script's first comment and exits; what it does not take
 * is one line, and status 2.
 */
export function argumentsOf(url, { options = {}, ...config } = {}) {
  const path = fileURLToPath(url);
  try {
    const parsed = parseArgs({ ...config, options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if (!parsed.values.help) return parsed;
  } catch (error) {
    console.error(`${basename(path)}: ${error.message.split('. To specify')[0]} (--help shows the usage)`);
    process.exit(2);
  }
  const lines = readFileSync(path, 'utf8')
    .replace(/^#!.*\n/, '')
    .split('\n');
  const end = lines.findIndex(line => !line.startsWith('//'));
  const comment = lines.slice(0, end).filter(line => !line.includes('SPDX-License-Identifier'));
  console.log(comment.map(line => line.replace(/^\/\/ ?/, '')).join('\n'));
  process.exit(0);
}
