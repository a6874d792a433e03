import { Attr, Form, Tag } from '@btfkit/core/dwarf';
import { type Attribute, Die } from './builder.js';

// The DIEs that compilers make of C types, in plain forms. A type left out is void.

const named = (name: string): Attribute[] => (name === '' ? [] : [[Attr.name, Form.strp, name]]);
const typed = (type: Die | undefined): Attribute[] => (type ? [[Attr.type, Form.ref4, type]] : []);
const sized = (size: number): Attribute => [Attr.byte_size, Form.data4, size];

/** A unit of C11. */
export const unitOf = (children: readonly Die[]) =>
  new Die(Tag.compile_unit, [[Attr.language, Form.data1, 0x1d]], children);
export const unitDie = (...children: Die[]) => unitOf(children);

/** `encoding`: DW_ATE_*; 5 is signed, 7 unsigned. */
export const base = (name: string, size: number, encoding: number) =>
  new Die(Tag.base_type, [...named(name), sized(size), [Attr.encoding, Form.data1, encoding]]);
export const int = () => base('int', 4, 5);
export const char = () => base('char', 1, 6);

export const pointer = (type?: Die, children: Die[] = []) => new Die(Tag.pointer_type, typed(type), children);
export const constant = (type?: Die) => new Die(Tag.const_type, typed(type));
export const typedef = (name: string, type?: Die, children: Die[] = []) =>
  new Die(Tag.typedef, [...named(name), ...typed(type)], children);

export const struct = (name: string, size: number, ...members: Die[]) =>
  new Die(Tag.structure_type, [...named(name), sized(size)], members);
export const union = (name: string, size: number, ...members: Die[]) =>
  new Die(Tag.union_type, [...named(name), sized(size)], members);
/** `struct name;` of a tag. */
export const declaration = (name: string, tag: number = Tag.structure_type) =>
  new Die(tag, [...named(name), [Attr.declaration, Form.flag_present]]);
export const member = (name: string, type: Die, offset: number, ...more: Attribute[]) =>
  new Die(Tag.member, [
    ...named(name),
    ...typed(type),
    [Attr.data_member_location, Form.data1, offset],
    ...more,
  ]);

export const enumeration = (
  name: string,
  size: number,
  values: Record<string, number | bigint>,
  ...more: Attribute[]
) =>
  new Die(
    Tag.enumeration_type,
    [...named(name), sized(size), ...more],
    Object.entries(values).map(
      ([value, number]) => new Die(Tag.enumerator, [...named(value), [Attr.const_value, Form.sdata, number]]),
    ),
  );

export const array = (element: Die, ...dimensions: Attribute[][]) =>
  new Die(
    Tag.array_type,
    typed(element),
    dimensions.map(attributes => new Die(Tag.subrange_type, attributes)),
  );

export const func = (name: string, result: Die | undefined, ...children: Die[]) =>
  new Die(Tag.subprogram, [...named(name), ...typed(result), [Attr.external, Form.flag_present]], children);
export const parameter = (name: string, type?: Die, children: Die[] = []) =>
  new Die(Tag.formal_parameter, [...named(name), ...typed(type)], children);
export const prototype = (result: Die | undefined, ...parameters: Die[]) =>
  new Die(Tag.subroutine_type, typed(result), parameters);
