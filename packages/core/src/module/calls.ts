import { type Elf, EM_AARCH64, EM_X86_64, ET_REL, SHF_EXECINSTR, SHN_UNDEF, STT_FUNC } from '../elf/index.js';
import { arm64 } from './arm64.js';
import { type Code, type Machine, sameValue, type Value } from './machine.js';
import type { Relocations } from './relocations.js';
import { symbolName } from './symbol-name.js';
import { x86 } from './x86.js';

/** A call of a function that the module does not define. */
export interface Call {
  readonly callee: string;
  /** Section index and offset of the field with the callee's relocation. */
  readonly section: number;
  readonly offset: number;
  /** By argument: what it is on every way to the call; undefined where the code does not say. */
  readonly args: readonly Value[];
  /** Calls (of those that were sought) that can run before this one, in the same function. */
  readonly after: ReadonlySet<number>;
  /** Start of the function. */
  readonly function: number;
}

/** Instructions looked at for one function, all ways together; past that nothing is known of it. */
const MOST_STEPS = 200_000;
/** Calls that were sought, in one function; past that nothing is known of it. */
const MOST_CALLS = 500;

/** Sections whose addresses of code are places that a jump leads to. */
const JUMPED_FROM = /^(__jump_table|__ex_table|\.(ro)?data.*)$/;

function machineOf(elf: Elf): Machine | undefined {
  if (!elf.is64 || !elf.littleEndian || elf.type !== ET_REL) return undefined;
  return elf.machine === EM_X86_64 ? x86 : elf.machine === EM_AARCH64 ? arm64 : undefined;
}

/** Whether the code of this module can be read: x86-64 and arm64. */
export function isReadable(elf: Elf): boolean {
  return machineOf(elf) !== undefined;
}

/**
 * The calls of some functions of other modules or the kernel, with their arguments as far as the code says: in order
 * of section and offset. Throws FormatError where sections or relocations are malformed.
 */
export function findCalls(elf: Elf, relocations: Relocations, callees: ReadonlySet<string>): Call[] {
  const symbols = elf.symbols();
  const machine = machineOf(elf);
  if (symbols === undefined || machine === undefined) return [];
  const wanted = new Set<string>();
  for (let index = 1; index < symbols.length; index++) {
    if (symbols.shndx[index] !== SHN_UNDEF) continue;
    const name = symbolName(symbols, index);
    if (callees.has(name)) wanted.add(name);
  }
  if (wanted.size === 0) return [];
  const calls: Call[] = [];
  for (const section of elf.sections) {
    if ((section.flags & SHF_EXECINSTR) === 0) continue;
    const table = relocations.of(section.index);
    const fields = [...table].filter(([, { symbol }]) => wanted.has(symbol)).map(([offset]) => offset);
    if (fields.length === 0) continue;
    const bytes = elf.bytes(section);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const code: Code = { bytes, view, relocations: table };
    const entries = jumpTargets(elf, relocations, section.index);
    for (const [start, of] of byFunction(elf, section.index, fields)) {
      const flow = new Flow(code, machine, start, entries, new Set(of));
      flow.run();
      for (const offset of of) {
        const callee = table.get(offset)!.symbol;
        calls.push({ callee, section: section.index, offset, function: start, ...flow.call(offset) });
      }
    }
  }
  return calls.sort((a, b) => a.section - b.section || a.offset - b.offset);
}

/** Offsets by the start of the function that holds them; the section's start where no symbol says. */
function byFunction(elf: Elf, section: number, offsets: readonly number[]): Map<number, number[]> {
  const symbols = elf.symbols()!;
  const starts: number[] = [];
  for (let index = 1; index < symbols.length; index++) {
    if (symbols.shndx[index] === section && symbols.typeOf(index) === STT_FUNC)
      starts.push(symbols.valueLo[index]!);
  }
  starts.sort((a, b) => a - b);
  const found = new Map<number, number[]>();
  let next = 0;
  for (const offset of offsets.toSorted((a, b) => a - b)) {
    while (next < starts.length && starts[next]! <= offset) next++;
    const start = next === 0 ? 0 : starts[next - 1]!;
    const known = found.get(start);
    if (known === undefined) found.set(start, [offset]);
    else known.push(offset);
  }
  return found;
}

/** Where in a section jump tables, static keys and fixups lead to. */
function jumpTargets(elf: Elf, relocations: Relocations, section: number): Set<number> {
  const targets = new Set<number>();
  for (const { index, label } of elf.sections) {
    if (index === 0 || !JUMPED_FROM.test(label)) continue;
    for (const place of relocations.of(index).values())
      if (place.section === section) targets.add(place.offset);
  }
  return targets;
}

/** What registers hold in a function, on all ways through it: a value where all ways agree. */
class Flow {
  private readonly code: Code;
  private readonly machine: Machine;
  private readonly wanted: ReadonlySet<number>;
  /** What holds before the instruction at an offset. */
  private readonly before = new Map<number, State>();
  private readonly pending: number[] = [];
  private readonly calls = new Map<number, State>();
  private lost = false;

  constructor(
    code: Code,
    machine: Machine,
    start: number,
    entries: ReadonlySet<number>,
    wanted: ReadonlySet<number>,
  ) {
    this.code = code;
    this.machine = machine;
    this.wanted = wanted;
    this.lost = wanted.size > MOST_CALLS;
    const last = Math.max(...wanted);
    this.enter(start, this.unknown());
    for (const entry of entries) if (entry > start && entry <= last) this.enter(entry, this.unknown());
  }

  private unknown(): State {
    return { values: new Array<Value>(this.machine.registers).fill(undefined), calls: new Set() };
  }

  run(): void {
    for (let steps = 0; this.pending.length > 0; steps++) {
      if (steps > MOST_STEPS) this.lost = true;
      if (this.lost) return;
      this.step(this.pending.pop()!);
    }
  }

  private step(at: number): void {
    const { values, calls } = this.before.get(at)!;
    const after = { values: [...values], calls };
    const step = this.machine.step(this.code, at, after.values);
    if (step === undefined || step.indirect) {
      // Where it goes on is not known, so that any place may be come to with anything.
      this.lost = true;
      return;
    }
    if (step.field !== undefined && this.wanted.has(step.field)) {
      this.calls.set(step.field, { values, calls });
      after.calls = new Set([...calls, step.field]);
    }
    if (step.target !== undefined) this.enter(step.target, after);
    if (step.next) this.enter(at + step.length, after);
  }

  /** What comes to `at` from one side, joined with what came there before. */
  private enter(at: number, { values, calls }: State): void {
    if (at < 0 || at >= this.code.bytes.length) return;
    const known = this.before.get(at);
    if (known === undefined) {
      this.before.set(at, { values: [...values], calls });
      this.pending.push(at);
      return;
    }
    let changed = false;
    for (const [register, value] of known.values.entries()) {
      if (value === undefined || sameValue(value, values[register])) continue;
      known.values[register] = undefined;
      changed = true;
    }
    const joined = new Set([...known.calls, ...calls]);
    if (joined.size > known.calls.size) {
      known.calls = joined;
      changed = true;
    }
    if (changed) this.pending.push(at);
  }

  call(field: number): Pick<Call, 'args' | 'after'> {
    const found = this.lost ? undefined : this.calls.get(field);
    if (found === undefined) return { args: [], after: this.lost ? this.wanted : new Set() };
    return { args: this.machine.parameters.map(register => found.values[register]), after: found.calls };
  }
}

interface State {
  readonly values: Value[];
  calls: ReadonlySet<number>;
}
