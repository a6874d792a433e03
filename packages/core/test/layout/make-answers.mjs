// What pahole prints of shapes.c and of random types, for layouts.test.ts. usage, with pahole at git 1436daf:
// BTFKIT_PAHOLE=pahole node packages/core/test/layout/make-answers.mjs
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BtfBuilder } from '@btfkit/core/btf';
import { answer, modes, RANDOM_SEEDS, RANDOM_TYPES } from './pahole.mjs';
import { addRandomTypes } from './random-types.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const pahole = process.env.BTFKIT_PAHOLE ?? 'pahole';
const run = (command, ...args) => {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
};

const scratch = mkdtempSync(join(tmpdir(), 'layout-'));
const object = join(scratch, 'shapes.o');
const compilers = [
  ['gcc12', 'gcc-12', []],
  ['clang19-i386', 'clang-19', ['--target=i386-linux-gnu']],
];
for (const [name, compiler, options] of compilers) {
  const btf = join(here, `shapes.${name}.btf`);
  run(compiler, '-g', '-w', '-c', ...options, '-o', object, join(here, 'shapes.c'));
  run(pahole, '-J', '--btf_features=default', `--btf_encode_detached=${btf}`, object);
  for (const mode of Object.keys(modes)) {
    writeFileSync(join(here, 'answers', `shapes.${name}.${mode}.txt`), answer(pahole, mode, btf));
  }
}

const digests = {};
for (const seed of RANDOM_SEEDS) {
  const builder = new BtfBuilder();
  addRandomTypes(builder, seed, RANDOM_TYPES);
  const file = join(scratch, 'random.btf');
  writeFileSync(file, builder.build());
  digests[seed] = {};
  for (const mode of Object.keys(modes)) {
    digests[seed][mode] = createHash('sha256')
      .update(answer(pahole, mode, file))
      .digest('hex');
  }
}
writeFileSync(join(here, 'answers', 'random.json'), `${JSON.stringify(digests, null, 2)}\n`);
rmSync(scratch, { recursive: true });
