import { type Btf, Kind, type TypeId } from '../btf/index.js';
import { locate } from '../bytes/index.js';
import type { BtfIds } from '../ids/index.js';
import { ensureTag, markArenaPointers } from './annotations.js';
import { AppendedTypes } from './appended-types.js';
import { hideImplicitArgs } from './implicit-args.js';
import { KFUNC_TAG, KfuncFlag, listedKfuncs, taggedKfuncs } from './kfunc.js';

export interface KfuncOptions {
  /**
   * Take the sets of kfuncs for what are kfuncs, and add the annotations that are missing: the tags `bpf_kfunc` and
   * `bpf_fastcall`, and `address_space(1)` of pointers into arenas. As resolve_btfids does after Linux 7.2; before, a
   * kfunc is what is tagged so.
   */
  readonly annotate?: boolean | undefined;
}

export interface TransformedBtf {
  /** The blob with types appended and prototypes exchanged; undefined where nothing had to be done. */
  readonly bytes: Uint8Array | undefined;
  /** A line for each kfunc whose flags are not the same in all sets, in resolve_btfids' words. */
  readonly warnings: readonly string[];
}

/**
 * What resolve_btfids of Linux 7.0 and later makes of a kernel's or module's BTF before it is distilled, sorted, and
 * `.BTF_ids` resolved: KF_IMPLICIT_ARGS, and annotations where that is wanted (btf2btf in
 * tools/bpf/resolve_btfids/main.c). `ids` is what the ELF file has, not resolved yet: once sorted, flags no longer stand
 * with the symbols. `btf` is one whose references were checked. FormatError for a kfunc that has no prototype.
 */
export function transformKfuncs(btf: Btf, ids: BtfIds, { annotate }: KfuncOptions = {}): TransformedBtf {
  return locate({ file: btf.name }, () => {
    const listed = annotate ? listedKfuncs(btf, ids) : { kfuncs: taggedKfuncs(btf, ids), disagreeing: [] };
    const types = new AppendedTypes(btf);
    const declTags: TypeId[] = [];
    for (let id = btf.startId; id < btf.endId; id++) if (btf.kind(id) === Kind.DECL_TAG) declTags.push(id);
    for (const kfunc of listed.kfuncs) {
      if (annotate) {
        ensureTag(types, KFUNC_TAG, kfunc.id, declTags);
        if (kfunc.flags & KfuncFlag.fastcall) ensureTag(types, 'bpf_fastcall', kfunc.id, declTags);
      }
      if (kfunc.flags & KfuncFlag.implicitArgs) hideImplicitArgs(types, kfunc, declTags);
      if (annotate && kfunc.flags & ARENA_FLAGS) markArenaPointers(types, kfunc);
    }
    const hex = (flags: number) => `0x${(flags >>> 0).toString(16)}`;
    const warnings = listed.disagreeing.map(
      ({ name, flags, others }) =>
        `WARN: resolve_btfids: inconsistent flags for kfunc ${name}: ${hex(flags)} != ${hex(others)}`,
    );
    return { bytes: types.build(), warnings };
  });
}

const ARENA_FLAGS = KfuncFlag.arenaResult | KfuncFlag.arenaFirst | KfuncFlag.arenaSecond;
