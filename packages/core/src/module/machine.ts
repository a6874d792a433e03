import type { Place, Relocation } from './relocations.js';

/** What is known of a register: a number, the address of something, or (undefined) nothing. */
export type Value = { readonly number: number } | { readonly place: Place } | undefined;

export function sameValue(a: Value, b: Value): boolean {
  if (a === undefined || b === undefined) return a === b;
  if ('number' in a) return 'number' in b && a.number === b.number;
  if ('number' in b) return false;
  const [left, right] = [a.place, b.place];
  return (
    left.section === right.section &&
    left.offset === right.offset &&
    (left.section !== 0 || left.symbol === right.symbol)
  );
}

/** The code of a section, and the relocations of it. */
export interface Code {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly relocations: ReadonlyMap<number, Relocation>;
}

/** What an instruction does to the flow of control, and to registers. */
export interface Step {
  /** In bytes. */
  readonly length: number;
  /** Offset of the instruction's field that calls or jumps to a symbol of another section; that of its relocation. */
  readonly field?: number;
  /** Where it may go on in this section, beside the next instruction. */
  readonly target?: number;
  /** Whether the next instruction is one that it goes on at. */
  readonly next: boolean;
  /** A jump to wherever a register says. */
  readonly indirect?: true;
}

/** Reads the instructions of one architecture. */
export interface Machine {
  readonly registers: number;
  /** The registers of the first arguments of a function. */
  readonly parameters: readonly number[];
  /**
   * Reads the instruction at `at` and changes `state`, by register, to what it leaves there: what it does not know of
   * comes out as nothing known. Undefined where it is no instruction that it knows the length of.
   */
  step(code: Code, at: number, state: Value[]): Step | undefined;
}
