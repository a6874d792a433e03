import { Kind } from '../btf/index.js';
import type { Model } from './model.js';
import { MAX_TEXT, pad, tooLong } from './names.js';
import { StructText } from './struct-text.js';
import { MAX_INDENT, type Style, suffixOf, tabs } from './style.js';
import {
  type ArrayType,
  type Composite,
  type Definition,
  type Enumeration,
  isInline,
  type Member,
  type Type,
  type Typedef,
} from './types.js';

/** Types within types. */
const MAX_DEPTH = 200;

/** Types as C with comments, byte for byte as pahole 1.31 prints them (dwarves_fprintf.c). */
export class Printer {
  readonly model: Model;

  constructor(model: Model) {
    this.model = model;
  }

  /** A whole definition, `;` included. */
  definition(type: Definition): string {
    const { expand } = this.model;
    const style: Style = {
      typeSpacing: 26,
      nameSpacing: expand ? 55 : type.kind === Kind.UNION ? 21 : 23,
      indent: 0,
      depth: 0,
      isRelative: false,
      hasStatistics: true,
      suffix: null,
      base: 0,
      lines: null,
      isFirst: false,
      isLast: false,
      inUnion: false,
    };
    switch (type.kind) {
      case Kind.STRUCT:
        return `${this.struct(type, style)};`;
      case Kind.UNION:
        return `${this.union(type, style)};`;
      case Kind.ENUM:
        return `${this.enumeration(type, style)};`;
    }
    return `${this.typedef(type, style)};`;
  }

  private struct(type: Composite, style: Style): string {
    if (style.depth > MAX_DEPTH) throw this.model.types.error(type.id, 'contains itself, or types too deep');
    this.model.holes(type);
    const text = new StructText(this, type, style).write();
    if (text.length > MAX_TEXT) throw tooLong(this.model.types, type);
    return text;
  }

  private union(type: Composite, style: Style): string {
    const { model } = this;
    if (style.depth > MAX_DEPTH) throw model.types.error(type.id, 'contains itself, or types too deep');
    model.place(type);
    model.packing.judgeMembersOf(type);
    const indent = Math.min(style.indent, MAX_INDENT);
    // Each member begins on the cache line on which the union does.
    const lines = style.lines ?? { current: 0 };
    const { current } = lines;
    const inner: Style = { ...style, indent: indent + 1, depth: style.depth + 1, lines, inUnion: true };
    let text = `union${type.name === null ? '' : ` ${type.name}`} {\n`;
    for (const member of type.members) {
      const memberType = model.types.need(member.type, type);
      text += `${tabs(indent + 1)}${this.member(member, memberType, inner, true)}\n`;
      lines.current = current;
      if (text.length > MAX_TEXT) throw tooLong(model.types, type);
    }
    return `${text}${tabs(indent)}}${suffixOf(style)}`;
  }

  private enumeration(type: Enumeration, style: Style): string {
    const head = `enum${type.name === null ? '' : ` ${type.name}`}`;
    // One without values is what BTF has of a forward declaration.
    if (type.values.length === 0) return head;
    const width = type.values.reduce((most, { name }) => Math.max(most, name.length), 0);
    const indent = tabs(style.indent);
    const values = type.values.map(({ name, value }) => `${indent}\t${pad(name, width)} = ${value},\n`);
    const packed = type.size === 4 ? '' : ' __attribute__((__packed__))';
    return `${head} {\n${values.join('')}${indent}}${packed}${suffixOf(style)}`;
  }

  private typedef(type: Typedef, style: Style): string {
    const { types, names } = this.model;
    const name = type.name ?? '';
    const target = types.get(type.target);
    const inner = { ...style, typeSpacing: style.typeSpacing - 8, suffix: name };
    switch (target?.kind) {
      case Kind.ARRAY:
        return `typedef ${this.array(target, name, style)}`;
      case Kind.PTR: {
        const pointed = types.get(target.target);
        if (pointed?.kind === Kind.FUNC_PROTO)
          return `typedef ${names.func(pointed, name, { isPointer: true })}`;
        break;
      }
      case Kind.FUNC_PROTO:
        return `typedef ${names.func(target, name)}`;
      case Kind.STRUCT:
        if (target.name === null || this.model.expand) return `typedef ${this.struct(target, inner)}`;
        break;
      case Kind.UNION:
        if (target.name === null || this.model.expand) return `typedef ${this.union(target, inner)}`;
        return `typedef ${pad(`union ${target.name}`, style.typeSpacing)} ${name}`;
      case Kind.ENUM:
        if (target.name === null) return `typedef ${this.enumeration(target, { ...style, suffix: name })}`;
    }
    return `typedef ${names.of(target, 512)} ${name}`;
  }

  private array(type: ArrayType, name: string | null, style: Style): string {
    const { types } = this.model;
    let element = types.need(type.target, type);
    if (type.length === 0 && element.kind === Kind.CONST) element = types.need(element.target, element);
    const isOnly = style.isFirst && style.isLast;
    const hasLength = type.length !== 0 || !style.isLast || isOnly || style.inUnion;
    return `${this.declaration(element, name, style)}[${hasLength ? type.length : ''}]`;
  }

  /**
   * A type and what is declared to be of it: `name` of a member, '' for a bitfield that has none; null for what is
   * named after the type, or not at all (dwarves_fprintf.c, type__fprintf).
   */
  declaration(type: Type, name: string | null, style: Style): string {
    const { types, names, expand, sizes } = this.model;
    let text = '';
    if (expand && type.kind === Kind.TYPEDEF) {
      const aliases: (string | null)[] = [];
      while (type.kind === Kind.TYPEDEF) {
        sizes.limit(aliases.length, type);
        aliases.push(type.name);
        type = types.need(type.target, type);
      }
      text = `/* typedef ${aliases.join(' -> ')} */ `;
    }
    let inner = { ...style, depth: style.depth + 1 };
    if (inner.depth > MAX_DEPTH) throw types.error(type.id, 'contains itself, or types too deep');
    if (isInline(type)) inner = { ...inner, suffix: name, hasStatistics: false };
    for (let steps = 0; ; steps++) {
      sizes.limit(steps, type);
      switch (type.kind) {
        case Kind.PTR: {
          const pointed = names.pointed(type);
          if (pointed?.kind === Kind.FUNC_PROTO) {
            const shape = { isPointer: true, spacing: inner.typeSpacing };
            return text + names.func(pointed, name ?? '', shape);
          }
          if (!isInline(pointed) || pointed.name !== null) break;
          // What has no name is defined here, and its offsets are its own.
          name = `* ${(name ?? '(null)').slice(0, 255)}`;
          inner.isRelative = true;
          inner.typeSpacing -= 8;
          inner.suffix = name;
          inner.hasStatistics = false;
          type = pointed;
          continue;
        }
        case Kind.FUNC_PROTO:
          return text + names.func(type, name ?? '', { spacing: inner.typeSpacing });
        case Kind.CONST:
          text += 'const ';
          inner.typeSpacing -= 6;
          type = types.need(type.target, type);
          continue;
        case Kind.TYPE_TAG:
          type = types.need(type.target, type);
          continue;
        case Kind.ARRAY:
          return text + this.array(type, name, inner);
        case Kind.STRUCT:
          if (type.name !== null && !expand) return `${text}${named('struct', type.name, name, inner)}`;
          return text + this.struct(type, { ...inner, typeSpacing: inner.typeSpacing - 8 });
        case Kind.UNION: {
          if (type.name !== null && !expand) return `${text}${named('union', type.name, name, inner)}`;
          return text + this.union(type, { ...inner, typeSpacing: inner.typeSpacing - 8, suffix: name });
        }
        case Kind.ENUM:
          if (type.name !== null && !expand) return `${text}${named('enum', type.name, name, inner)}`;
          return text + this.enumeration(type, inner);
      }
      return `${text}${pad(names.of(type), inner.typeSpacing)} ${name ?? '(null)'}`;
    }
  }

  /** A member's line without its indent, the cache line boundary before it included. */
  member(member: Member, type: Type, style: Style, isUnions: boolean): string {
    const inner = { ...style };
    const { byteSize, bitfieldSize, alignment, name } = member;
    let offset = member.byteOffset;
    if (!style.isRelative) {
      offset += style.base;
      if (!isUnions) inner.base = offset;
    }
    let { bitfieldOffset } = member;
    if (bitfieldOffset < 0) {
      offset += byteSize;
      bitfieldOffset += byteSize * 8;
    }
    offset >>>= 0;
    const boundary = this.boundary(offset, style);
    const isUnnamedType = isInline(type) && type.name === null;
    let text: string;
    if (isInline(type)) {
      text = this.declaration(type, null, inner);
      if (name !== null) text += (isUnnamedType || this.model.expand ? ' ' : '') + name;
    } else text = this.declaration(type, name, inner);
    if (bitfieldSize !== 0) text += `:${bitfieldSize}`;
    const attribute = alignment === 0 ? '' : ` __attribute__((__aligned__(${alignment})))`;
    text += `${attribute};`;

    let spacing = style.typeSpacing + style.nameSpacing;
    if (isUnnamedType) {
      const packed =
        type.kind === Kind.STRUCT && type.isPacked ? '__attribute__((__packed__))'.length + 1 : 0;
      spacing = Math.abs(spacing - attribute.length - (name === null ? -1 : name.length) - packed - 3);
    } else spacing -= text.length;
    const bits = bitfieldSize === 0 ? '' : `:${String(bitfieldOffset).padStart(2)}`;
    const size = String(byteSize >>> 0).padStart(bitfieldSize === 0 ? 5 : 2);
    const place = `/* ${String(offset).padStart(5)}${bits} ${size} */`;
    return `${boundary}${text}${' '.repeat(Math.max(spacing, 1))}${place}`;
  }

  private boundary(offset: number, { lines, indent }: Style): string {
    const { cacheline } = this.model;
    const line = Math.floor(offset / cacheline);
    if (lines === null || line <= lines.current) return '';
    lines.current = line;
    const past = offset % cacheline;
    const ago = past === 0 ? '' : ` was ${past} byte${past > 1 ? 's' : ''} ago`;
    return `/* --- cacheline ${line} boundary (${offset - past} bytes)${ago} --- */\n${tabs(indent)}`;
  }
}

/** `keyword` and the name make up the column of types together. */
function named(keyword: string, typeName: string, name: string | null, { typeSpacing }: Style): string {
  return `${keyword} ${pad(typeName, typeSpacing - keyword.length - 1)} ${name ?? ''}`;
}
