import { type DieReader, Slot, Tag } from '../dwarf/index.js';
import type { Names } from './names.js';

/** DW_AT_name of an annotation DIE that concerns BTF. */
export const TYPE_TAG = 'btf_type_tag';
export const DECL_TAG = 'btf_decl_tag';

/** A chain of DW_AT_GNU_annotation longer than this goes in circles. */
const MAX_CHAIN = 100;

/**
 * `btf_decl_tag` and `btf_type_tag` attributes: clang's DW_TAG_LLVM_annotation children, and gcc's
 * DW_AT_GNU_annotation chains. The readers give the tags' texts as name numbers.
 */
export class Annotations {
  /** Rows of the unit's types with a declaration tag: type row, member index or -1, name. */
  typeRow: number[] = [];
  component: number[] = [];
  tagName: number[] = [];
  private readonly names: Names;
  private readonly kinds: ReadonlySet<string>;

  /** `kinds`: DECL_TAG and TYPE_TAG, as far as they are wanted; the others are passed over. */
  constructor(names: Names, kinds: ReadonlySet<string>) {
    this.names = names;
    this.kinds = kinds;
  }

  reset(): void {
    this.typeRow.length = 0;
    this.component.length = 0;
    this.tagName.length = 0;
  }

  ofType(row: number, component: number, tags: readonly number[]): void {
    for (const tag of tags) {
      this.typeRow.push(row);
      this.component.push(component);
      this.tagName.push(tag);
    }
  }

  /** Texts of the annotations named `kind` among the children of the DIE whose attributes were just read. */
  children(reader: DieReader, kind: string): number[] {
    const found: number[] = [];
    for (;;) {
      const shape = reader.abbreviation();
      if (shape === 0) return found;
      const tag = reader.shapes.tag[shape];
      if (tag === Tag.LLVM_annotation || tag === Tag.GNU_annotation)
        found.push(...this.one(reader, shape, kind));
      else {
        const at = reader.attributes(shape);
        reader.skipChildren(shape, at);
      }
    }
  }

  /** The text of one annotation DIE of shape `shape`, in a list that is empty if it is not named `kind`. */
  one(reader: DieReader, shape: number, kind: string): number[] {
    const at = reader.attributes(shape);
    const text = this.textOf(reader, shape, at, kind);
    reader.skipChildren(shape, at);
    return text === undefined ? [] : [text];
  }

  /** The texts along a chain of DW_AT_GNU_annotation, from the first on. */
  chain(reader: DieReader, shape: number, at: number, kind: string): number[] {
    const found: number[] = [];
    const back = reader.pos;
    let length = 0;
    while (reader.has(shape, Slot.gnuAnnotation)) {
      if (++length > MAX_CHAIN) throw reader.error(at, 'a chain of DW_AT_GNU_annotation without end');
      reader.pos = reader.unitStart + reader.reference(shape, at, Slot.gnuAnnotation);
      shape = reader.abbreviation();
      if (reader.shapes.tag[shape] !== Tag.GNU_annotation) break;
      at = reader.attributes(shape);
      const text = this.textOf(reader, shape, at, kind);
      if (text !== undefined) found.push(text);
    }
    reader.pos = back;
    return found;
  }

  private textOf(reader: DieReader, shape: number, at: number, kind: string): number | undefined {
    if (!this.kinds.has(kind)) return undefined;
    const name = reader.string(shape, at, Slot.name);
    if (name === undefined || this.names.intern(name.bytes, name.at) !== this.names.internText(kind))
      return undefined;
    const value = reader.string(shape, at, Slot.constValue);
    return value === undefined ? undefined : this.names.intern(value.bytes, value.at);
  }
}
