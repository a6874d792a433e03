import {
  type Btf,
  BUILTIN_SHAPES,
  Kind,
  kindOf,
  MAX_VLEN,
  type StringOffset,
  type Strings,
} from '../btf/index.js';
import type { KernelRules } from '../verify/rules.js';
import type { LossCounter, LossName } from './losses.js';

const UNDERSCORE = 0x5f;
const DOT = 0x2e;
const encoder = new TextEncoder();

/** By kind, 1 where a dot in the name of the type or of its elements was refused before Linux 6.4. */
const DOTLESS = new Uint8Array(32);
const { STRUCT, UNION, ENUM, ENUM64, FWD, TYPEDEF, FUNC, FUNC_PROTO, VAR, DATASEC } = Kind;
for (const kind of [STRUCT, UNION, ENUM, ENUM64, FWD, TYPEDEF, FUNC, FUNC_PROTO]) DOTLESS[kind] = 1;

/** What a name must be like. */
type Manner = 'dotless' | 'variable' | 'section';

/** A string that cannot stay. */
interface Repair {
  readonly end: StringOffset;
  readonly bytes: Uint8Array;
  /** Other names are in it or are the same and can stay. */
  shared: boolean;
}

/**
 * Names that a release does not take, each changed where it stands if nothing else is called so, as libbpf does it with
 * those of sections. Ids and string offsets of what stands on the blob then stay.
 */
export class NameRepairs {
  private readonly strings: Strings;
  private readonly rules: KernelRules;
  private readonly losses: LossCounter;
  private readonly own: Uint8Array;
  private readonly added: Uint8Array[] = [];
  private end: StringOffset;
  /** By manner, then by offset. */
  private readonly repairs = {
    dotless: new Map<StringOffset, Repair>(),
    variable: new Map<StringOffset, Repair>(),
    section: new Map<StringOffset, Repair>(),
  };
  private readonly sound = {
    dotless: new Set<StringOffset>(),
    variable: new Set<StringOffset>(),
    section: new Set<StringOffset>(),
  };

  constructor(btf: Btf, rules: KernelRules, losses: LossCounter) {
    this.strings = btf.strings;
    this.own = btf.strings.bytes.slice();
    this.end = btf.strings.end;
    this.rules = rules;
    this.losses = losses;
  }

  /** A new string at the end; its offset. */
  readonly add = (text: string): StringOffset => this.append(encoder.encode(text));

  private append(bytes: Uint8Array): StringOffset {
    const offset = this.end;
    this.added.push(bytes);
    this.end += bytes.length + 1;
    return offset;
  }

  /** Repairs the names in records, which follow each other; `sectionNames` are of what is no section any more. */
  run(words: Uint32Array, sectionNames: ReadonlySet<StringOffset>): void {
    forEachName(words, (word, manner) => this.look(words[word]!, manner, sectionNames.has(words[word]!)));
    if (this.all().length === 0) return;
    this.findShared(words);
    const moved = new Map<Repair, StringOffset>();
    forEachName(words, (word, manner) => {
      const offset = words[word]!;
      const repair = manner === undefined ? undefined : this.repairs[manner].get(offset);
      if (repair === undefined) return;
      if (!repair.shared) return this.overwrite(offset, repair);
      const place = moved.get(repair) ?? this.append(repair.bytes);
      moved.set(repair, place);
      words[word] = place;
    });
  }

  private overwrite(offset: StringOffset, { bytes, end }: Repair): void {
    const at = offset - this.strings.start;
    this.own.set(bytes, at);
    this.own.fill(0, at + bytes.length, end - this.strings.start);
  }

  take(): Uint8Array {
    const bytes = new Uint8Array(this.own.length + this.end - this.strings.end);
    bytes.set(this.own);
    let at = this.own.length;
    for (const string of this.added) {
      bytes.set(string, at);
      at += string.length + 1;
    }
    return bytes;
  }

  private all(): [StringOffset, Repair][] {
    return Object.values(this.repairs).flatMap(repairs => [...repairs]);
  }

  private look(offset: StringOffset, manner: Manner | undefined, wasSection: boolean): void {
    if (manner === undefined || offset === 0 || offset >= this.strings.end) return;
    if (this.sound[manner].has(offset) || this.repairs[manner].has(offset)) return;
    const layer = this.strings.layer(offset);
    const at = offset - layer.start;
    const end = layer.bytes.indexOf(0, at);
    const bytes = this.repaired(layer.bytes.subarray(at, end), manner, wasSection);
    if (bytes === undefined) this.sound[manner].add(offset);
    else {
      const shared = offset < this.strings.start;
      this.repairs[manner].set(offset, { end: offset + end - at, bytes, shared });
    }
  }

  /** The name as the release takes it; undefined where it does as it is. */
  private repaired(name: Uint8Array, manner: Manner, wasSection: boolean): Uint8Array | undefined {
    const { rules } = this;
    let repaired = name;
    const change = (loss: LossName, changed: Uint8Array) => {
      if (changed.length === repaired.length && changed.every((byte, i) => byte === repaired[i])) return;
      this.losses.add(loss);
      repaired = changed;
    };
    if (manner === 'section' || wasSection) change('sectionName', sectionName(name, rules));
    if (manner === 'dotless' && !rules.dotsInNames) {
      change(
        'dots',
        repaired.map(byte => (byte === DOT ? UNDERSCORE : byte)),
      );
    }
    change('length', repaired.subarray(0, rules.nameLimit));
    return repaired === name || repaired.length === 0 ? undefined : repaired;
  }

  /** Marks what cannot be changed where it stands. */
  private findShared(words: Uint32Array): void {
    const repairs = this.all().sort(([a], [b]) => a - b);
    forEachName(words, (word, manner) => {
      const offset = words[word]!;
      for (let i = lastAtOrBefore(repairs, offset); i >= 0; i--) {
        const [start, repair] = repairs[i]!;
        if (repair.end < offset) break;
        const own = manner === undefined ? undefined : this.repairs[manner].get(offset);
        if (start < offset || own === undefined || !sameBytes(own.bytes, repair.bytes)) repair.shared = true;
      }
    });
  }
}

function lastAtOrBefore(repairs: readonly [StringOffset, Repair][], offset: StringOffset): number {
  let low = 0;
  let high = repairs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (repairs[middle]![0] <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** As libbpf has it, "?" in front (a map that is not made) and what else only newer releases take is an underscore. */
function sectionName(name: Uint8Array, rules: KernelRules): Uint8Array {
  if (rules.sectionNames === 'identifier') {
    return name.map((byte, i) => (isSectionByte(byte, i === 0) ? byte : UNDERSCORE));
  }
  return name;
}

function isSectionByte(byte: number, first: boolean): boolean {
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const lower = byte | 0x20;
  const isLetter = (lower >= 0x61 && lower <= 0x7a) || (byte >= 0xc0 && byte !== 0xd7 && byte !== 0xf7);
  return isLetter || byte === UNDERSCORE || byte === DOT || (isDigit && !first);
}

/** All names in records that follow each other, with what they must be like; undefined where it is all one. */
function forEachName(words: Uint32Array, visit: (word: number, manner: Manner | undefined) => void): void {
  const { extra, element, elementNames } = BUILTIN_SHAPES;
  for (let at = 0; at < words.length; ) {
    const info = words[at + 1]!;
    const kind = kindOf(info);
    const dotless = DOTLESS[kind] === 1 ? 'dotless' : undefined;
    visit(at, kind === VAR ? 'variable' : kind === DATASEC ? 'section' : dotless);
    const first = at + 3 + extra[kind]!;
    const end = first + (info & MAX_VLEN) * element[kind]!;
    if (elementNames[kind] !== 0) for (let i = first; i < end; i += element[kind]!) visit(i, dotless);
    at = end;
  }
}
