import { Btf } from '@btfkit/core/btf';
import { distill } from '@btfkit/core/distill';
import { type BtfIds, resolveIds } from '@btfkit/core/ids';
import { transformKfuncs } from '@btfkit/core/kfuncs';
import { sortByName } from '@btfkit/core/rewrite';
import { warningsOf } from './ids-warnings.js';

/** What becomes of encoded BTF: that of kernels before 7.0 is resolved as it is. */
export interface Design {
  /** From 7.0: kfuncs with implicit arguments, and types sorted by name. */
  readonly raw: boolean;
  /** After 7.2: annotations of kfuncs that the encoder left out. */
  readonly annotate: boolean;
  /** Split BTF gets a base of its own. */
  readonly distill: boolean;
}

/** Where the results go: into the file, beside it for the link of vmlinux, or beside it as they are. */
export type Place = 'in place' | 'link' | 'raw';

/** How to go on from what was encoded. Plain data: threads get it as it is. */
export interface FinishSettings extends Design {
  readonly place: Place;
  readonly fatalWarnings: boolean;
}

export type Step = 'encode' | 'transform' | 'distill' | 'sort' | 'resolve ids' | 'embed' | 'write';

export interface Finished {
  /** Contents of `.BTF`, `.BTF.base` and `.BTF_ids`. */
  readonly btf: Uint8Array;
  readonly base: Uint8Array | undefined;
  readonly ids: Uint8Array | undefined;
  /** Lines in resolve_btfids' words. */
  readonly warnings: readonly string[];
}

/**
 * What follows encoding, in resolve_btfids' order: transform, distill, sort, resolve. `ids`: `.BTF_ids` as the ELF file
 * has it, undefined where it has none. `enter` is told of each step, so that errors can say in which they happened.
 */
export function finish(
  btf: Btf,
  ids: BtfIds | undefined,
  design: Design,
  enter: (step: Step) => void = () => {},
): Finished {
  const warnings: string[] = [];
  let now = btf;
  let base: Uint8Array | undefined;
  if (design.raw && ids !== undefined) {
    enter('transform');
    const transformed = transformKfuncs(now, ids, design);
    warnings.push(...transformed.warnings);
    if (transformed.bytes !== undefined) now = parse(transformed.bytes, now.base);
  }
  if (design.distill && now.base !== null) {
    enter('distill');
    const distilled = distill(now);
    base = distilled.base;
    now = parse(distilled.split, parse(base, null));
  }
  if (design.raw) {
    enter('sort');
    now = parse(sortByName(now).bytes, now.base);
  }
  if (ids === undefined) return { btf: now.bytes, base, ids, warnings };
  enter('resolve ids');
  const resolved = resolveIds(ids, now);
  warnings.push(...warningsOf(resolved));
  return { btf: now.bytes, base, ids: resolved.bytes, warnings };
}

/** Of our own making: its references are what was checked before. */
function parse(bytes: Uint8Array, base: Btf | null): Btf {
  return Btf.parse(bytes, { base: base ?? undefined, references: false });
}
