import type { Btf } from '../../btf/btf.js';
import { findBreach, type Layer } from '../../btf/check.js';
import {
  type BtfHeader,
  LAYOUT_ROW,
  RULE_OFFSETS,
  readHeader,
  readLayout,
  unknownFieldAt,
} from '../../btf/header.js';
import { kindOf, vlenOf } from '../../btf/kinds.js';
import { walkRecords } from '../../btf/records.js';
import type { LayoutEntry } from '../../btf/shapes.js';
import { stringsBreach } from '../../btf/strings.js';
import { hostWords } from '../../btf/words.js';
import type { Verdict } from '../verdict.js';
import {
  brokenReference,
  headerMessage,
  type LibbpfRule,
  noHeaderMessage,
  STRINGS_MESSAGES,
} from './messages.js';
import { libbpfShapes } from './shapes.js';

/** What libbpf answers. */
export interface LibbpfVerdict extends Verdict {
  /** Which rule is broken; null when accepted. `meaningOf` puts it into words. */
  readonly rule: LibbpfRule | null;
  /** All that libbpf prints, at its most talkative: there can be a line when it accepts, too. */
  readonly log: readonly string[];
}

export interface JudgeOptions {
  /** What a split BTF stands on. It has to be one that libbpf takes. */
  readonly base?: Btf | null | undefined;
}

/**
 * What btf__new (btf__new_split, with a base) of libbpf 1.8, git f7081a6b, makes of a raw blob of either byte order on
 * a little-endian machine: btf_new in src/btf.c, whose steps are taken in its order. The first breach is the answer.
 * Throws nothing, and takes no more memory than some times the size of the blob.
 */
export function judgeAsLibbpf(bytes: Uint8Array, options: JudgeOptions = {}): LibbpfVerdict {
  return new Judge(bytes, options.base ?? null).judge();
}

const EINVAL = 22;
const EOPNOTSUPP = 95;
const RECORD_HEAD = 3;

interface Place {
  readonly typeId?: number;
  readonly offset?: number;
}

class Judge {
  private readonly bytes: Uint8Array;
  private readonly base: Btf | null;
  private readonly log: string[] = [];

  constructor(bytes: Uint8Array, base: Btf | null) {
    this.bytes = bytes;
    this.base = base;
  }

  judge(): LibbpfVerdict {
    const { bytes } = this;
    const { header, breach } = readHeader(bytes);
    if (header === null) {
      return this.refuse(breach, noHeaderMessage(breach, bytes), { offset: RULE_OFFSETS[breach] });
    }
    const unknown = unknownFieldAt(bytes, header.headerLength);
    if (unknown >= 0)
      this.log.push(`Unknown BTF header data at offset ${unknown}; modification is disallowed`);
    if (breach !== null) {
      return this.refuse(breach, headerMessage(breach, header, bytes.length), {
        offset: RULE_OFFSETS[breach],
      });
    }
    return this.judgeStrings(header) ?? this.judgeLayout(header) ?? this.judgeTypes(header);
  }

  /** btf_parse_str_sec. */
  private judgeStrings(header: BtfHeader): LibbpfVerdict | null {
    const start = header.headerLength + header.stringOffset;
    const strings = this.bytes.subarray(start, start + header.stringLength);
    const rule = stringsBreach(strings, this.base !== null);
    if (rule === null) return null;
    // Of an empty section, the length is at fault.
    const offset = rule === 'strings-start' ? start : strings.length === 0 ? 20 : start + strings.length - 1;
    return this.refuse(rule, STRINGS_MESSAGES[rule], { offset });
  }

  /** btf_parse_layout_sec. */
  private judgeLayout(header: BtfHeader): LibbpfVerdict | null {
    if (header.layoutLength % LAYOUT_ROW === 0) return null;
    return this.refuse('layout-rows', 'Invalid BTF kind layout section', { offset: 28 });
  }

  /** btf_parse_type_sec, then btf_sanity_check. */
  private judgeTypes(header: BtfHeader): LibbpfVerdict {
    const { bytes, base } = this;
    // A blob without rows of its own has those of its base; not those of the base's base.
    const layout = header.layoutLength > 0 ? readLayout(bytes, header) : (base?.layout ?? []);
    const start = header.headerLength + header.typeOffset;
    const end = start + header.typeLength;
    // Records are of whole words, so what is left of a last one is never looked at.
    const words = hostWords(bytes.subarray(start, end - (header.typeLength % 4)), header.littleEndian);
    // libbpf steps over a kind that it does not know, but cannot swap its words.
    const shapes = libbpfShapes(header.littleEndian ? layout : []);
    const records = walkRecords(words, shapes);
    const startId = base === null ? 1 : base.endId;
    const endId = startId + records.offsets.length;
    if (records.end + RECORD_HEAD <= words.length) {
      const place = { typeId: endId, offset: start + records.end * 4 };
      return this.stuck(words.subarray(records.end), layout, place);
    }
    if (records.end * 4 !== header.typeLength) {
      return this.refuse('types-left', 'BTF types data is malformed', { offset: start + records.end * 4 });
    }

    const strings = { end: (base === null ? 0 : base.strings.end) + header.stringLength };
    const layer: Layer = { words, offsets: records.offsets, shapes, startId, endId, base, strings };
    const breach = findBreach(layer);
    if (breach !== null) {
      const { rule, message } = brokenReference(breach, words[breach.word]!);
      return this.refuse(rule, message, { typeId: breach.typeId, offset: start + breach.word * 4 });
    }
    return { accepted: true, errno: 0, message: '', typeId: null, offset: null, rule: null, log: this.log };
  }

  /** Why the record that `words` begin with cannot be stepped over: btf_type_size, then btf_bswap_type_rest. */
  private stuck(words: Uint32Array, layout: readonly LayoutEntry[], place: Required<Place>): LibbpfVerdict {
    const info = words[1]!;
    const kind = kindOf(info);
    const atInfo = { ...place, offset: place.offset + 4 };
    const shapes = libbpfShapes(layout);
    if (shapes.known[kind] === 0) {
      const row = layout[kind];
      if (row === undefined) return this.refuse('kind-unknown', `Unsupported BTF_KIND: ${kind}`, atInfo);
      if (row.infoSize % 4 !== 0) {
        return this.refuse('kind-info-size', `Unsupported info_sz ${row.infoSize} for kind ${kind}`, atInfo);
      }
      return this.refuse(
        'kind-element-size',
        `Unsupported elem_sz ${row.elementSize} for kind ${kind}`,
        atInfo,
      );
    }
    const length = RECORD_HEAD + shapes.extra[kind]! + vlenOf(info) * shapes.element[kind]!;
    // From 2 GB on the size, an int, is negative, which libbpf takes for an error and says nothing. What it returns
    // then is no pointer to anything, nor one of the values that stand for an error: nobody can go on with that.
    if (length * 4 > 0x7fffffff) return this.refuse('record-wraps', null, atInfo);
    if (length > words.length) {
      return this.refuse('record-too-long', `BTF type [${place.typeId}] is malformed`, atInfo);
    }
    // All else is stepped over in the machine's own byte order.
    return this.refuse('kind-not-swapped', `Unsupported BTF_KIND:${kind}`, atInfo);
  }

  /** `message`: null where libbpf prints nothing. */
  private refuse(rule: LibbpfRule, message: string | null, place: Place): LibbpfVerdict {
    if (message !== null) this.log.push(message);
    return {
      accepted: false,
      errno: rule === 'swapped-header-short' ? EOPNOTSUPP : EINVAL,
      message: this.log.at(-1) ?? '',
      typeId: place.typeId ?? null,
      offset: place.offset ?? null,
      rule,
      log: this.log,
    };
  }
}
