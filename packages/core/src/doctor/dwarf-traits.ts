import { FormatError } from '../bytes/index.js';
import { Form, Tag } from '../dwarf/index.js';

/** What abbreviations alone tell of how a file was compiled. */
export interface DwarfTraits {
  /** DW_TAG_* that any unit may use. */
  readonly tags: ReadonlySet<number>;
  /** DW_FORM_* likewise. */
  readonly forms: ReadonlySet<number>;
}

/** Tags by which C++ gives itself away. */
export function speaksCpp({ tags }: DwarfTraits): boolean {
  return tags.has(Tag.reference_type) || tags.has(Tag.rvalue_reference_type) || tags.has(Tag.inheritance);
}

const VARIANT_PART = 0x33;

/** Tags by which Rust does. */
export function speaksRust(traits: DwarfTraits): boolean {
  const { tags } = traits;
  if (speaksCpp(traits)) return false;
  return tags.has(VARIANT_PART) || (tags.has(Tag.namespace) && tags.has(Tag.template_type_parameter));
}

/** Goes through a whole `.debug_abbrev`. Throws FormatError where a number runs past its end. */
export function dwarfTraits(bytes: Uint8Array): DwarfTraits {
  const tags = new Set<number>();
  const forms = new Set<number>();
  let at = 0;
  const uleb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length)
        throw new FormatError('an abbreviation runs past the end', { section: '.debug_abbrev', offset: at });
      const byte = bytes[at++]!;
      if (shift < 28) value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    // Code 0 ends a table, or pads.
    if (uleb() === 0) continue;
    tags.add(uleb());
    at++;
    for (;;) {
      const attribute = uleb();
      const form = uleb();
      if (form === Form.implicit_const) uleb();
      if (attribute === 0 && form === 0) break;
      forms.add(form);
    }
  }
  return { tags, forms };
}
