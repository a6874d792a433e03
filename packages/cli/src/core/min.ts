import { oneLine } from '@btfkit/core/bytes';
import { MinimalBtf } from '@btfkit/core/core-relo';
import { Reported, Status } from '../exit.js';
import { writeWhole } from '../files.js';
import { compileLess } from '../optimizer.js';
import { writeError, writeJson } from '../output.js';
import { checkPlaces } from '../places.js';
import { loadTarget, openObject, type TargetOptions } from './target.js';

export interface MinOptions extends TargetOptions {
  readonly output: string;
  readonly json?: true;
}

export async function min(paths: readonly string[], options: MinOptions): Promise<void> {
  const { output, json } = options;
  checkPlaces({ inputs: [...paths, options.target, ...(options.base ?? [])], outputs: [output], json });
  compileLess(0);
  const minimal = new MinimalBtf(await loadTarget(options));
  const objects = [];
  for (const path of paths) {
    const object = openObject(path);
    const refused = minimal.add(object);
    for (const { relo, refusal } of refused) {
      writeError(
        `${oneLine(`${path}: ${relo.sectionName} insn ${relo.insnOff / 8}: refused: `)}${refusal.message}\n`,
      );
    }
    objects.push({ object: path, relocations: object.relocations.length, refused: refused.length });
  }
  const isRefused = objects.some(({ refused }) => refused > 0);
  const bytes = isRefused ? undefined : minimal.build();
  if (bytes !== undefined) writeWhole(output, bytes);
  if (json) {
    writeJson({
      target: options.target,
      output: isRefused ? null : output,
      types: minimal.count,
      bytes: bytes?.length ?? null,
      objects,
    });
  }
  if (isRefused) throw new Reported(Status.NO);
}
