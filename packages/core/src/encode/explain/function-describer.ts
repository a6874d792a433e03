import { type LineFiles, Slot, Tag } from '../../dwarf/index.js';
import { type CParameter, declare } from './c-type.js';
import type { DieCursor } from './die-cursor.js';
import { DieTypes } from './die-types.js';
import type { Address, FunctionFacts } from './explanation.js';

/** A longer chain of DW_AT_abstract_origin and DW_AT_specification goes in circles. */
const MAX_CHAIN = 10;

/** What a function's DIE says by itself, beside what else is known of it. */
export interface DescribedFunction
  extends Pick<
    FunctionFacts,
    'name' | 'unit' | 'offset' | 'section' | 'file' | 'line' | 'prototype' | 'parameters' | 'kind'
  > {
  /** DW_AT_low_pc. */
  readonly code: Address | undefined;
  /** The abstract instance, in the UnitSpace; -1 without one. */
  readonly origin: number;
}

interface Declared {
  readonly name: string;
  readonly file: string | null;
  readonly line: number | null;
  /** Offset of the type's DIE, -1 for void. */
  readonly type: number;
}

/** Describes functions by their DIEs: name, prototype, where the source declares them. */
export class FunctionDescriber {
  private readonly cursor: DieCursor;
  private readonly types: DieTypes;
  private readonly files: LineFiles;

  constructor(cursor: DieCursor, files: LineFiles) {
    this.cursor = cursor;
    this.types = new DieTypes(cursor);
    this.files = files;
  }

  /** The subprogram at `offset` of the UnitSpace, which must be there. */
  describe(offset: number): DescribedFunction {
    const { cursor } = this;
    cursor.goTo(offset);
    const isDeclaration = cursor.flag(Slot.declaration);
    const isInline = cursor.has(Slot.inline) && cursor.number(Slot.inline) !== 0;
    const origin = cursor.target(Slot.abstractOrigin);
    const code = cursor.has(Slot.lowPc) ? cursor.address(Slot.lowPc) : undefined;
    const { unit, name: unitName } = cursor.unit;
    const children = cursor.children();
    const parameters: CParameter[] = children
      .filter(({ tag }) => tag === Tag.formal_parameter)
      .map(child => this.declared(child.offset))
      .map(({ name, type }) => ({ name, type: this.types.at(type) }));
    const { name, file, line, type } = this.declared(offset);
    const variadic = children.some(({ tag }) => tag === Tag.unspecified_parameters);
    return {
      name,
      unit: unitName,
      offset: cursor.sectionOffset(offset),
      section: unit.section,
      file,
      line,
      prototype: declare({ kind: 'function', result: this.types.at(type), parameters, variadic }, name),
      parameters: parameters.map(parameter => parameter.name),
      kind: isDeclaration ? 'declaration' : isInline ? 'abstract' : origin >= 0 ? 'copy' : 'function',
      code,
      origin,
    };
  }

  /** Name of the function at `offset` and of its unit. */
  nameAt(offset: number): { readonly name: string; readonly unit: string } {
    const { name } = this.declared(offset);
    this.cursor.goTo(offset);
    return { name, unit: this.cursor.unit.name };
  }

  /** What a DIE says, or the one that it is an instance of, or the declaration that it specifies. */
  private declared(offset: number): Declared {
    const { cursor } = this;
    let name: string | undefined;
    let file: string | undefined;
    let line: number | undefined;
    let type = -1;
    for (let length = 0; length < MAX_CHAIN && offset >= 0 && cursor.goTo(offset); length++) {
      name ??= cursor.text(Slot.name);
      if (cursor.has(Slot.declLine)) line ??= cursor.number(Slot.declLine);
      if (cursor.has(Slot.declFile)) file ??= this.fileName(cursor.number(Slot.declFile));
      if (type < 0) type = cursor.target(Slot.type);
      const origin = cursor.target(Slot.abstractOrigin);
      offset = origin >= 0 ? origin : cursor.target(Slot.specification);
    }
    return { name: name ?? '', file: file ?? null, line: line ?? null, type };
  }

  private fileName(index: number): string | undefined {
    const { unit, stmtList } = this.cursor.unit;
    return stmtList === undefined ? undefined : this.files.path(unit, stmtList, index);
  }
}
