import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memorySource } from '@btfkit/core/bytes';
import { BpfObject, CoreTarget } from '@btfkit/core/core-relo';
import { loadBtf } from '@btfkit/core/input';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
export const fixture = (name: string) => join(root, 'fixtures/core', name);
/** Recorded answers of libbpf, where they are at hand. */
export const corpus = join(process.env.BTFKIT_SHARED ?? join(root, '../shared'), 'corpus/core');
export const noCorpus = existsSync(join(corpus, 'expected.json'))
  ? ''
  : ' (skipped: no folder of recorded answers, BTFKIT_SHARED)';

const source = (path: string) => memorySource(new Uint8Array(readFileSync(path)), path);
export const objectOf = (path: string) => BpfObject.open(source(path));
export async function targetOf(path: string): Promise<CoreTarget> {
  return new CoreTarget((await loadBtf(source(path), { references: false })).btf);
}
export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
