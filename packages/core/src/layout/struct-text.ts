import type { Model } from './model.js';
import type { Printer } from './printer.js';
import { plural, remarksOn, statisticsLines, statisticsOf } from './statistics.js';
import { MAX_INDENT, type Style, suffixOf, tabs } from './style.js';
import { type Composite, isStruct, type Member } from './types.js';

/** One struct as text: its members, what is between them, and what they sum up to. */
export class StructText {
  private readonly printer: Printer;
  private readonly model: Model;
  private readonly type: Composite;
  private readonly style: Style;
  /** That of the members. */
  private readonly inner: Style;
  private readonly tabs: string;
  private text = '';
  /** A blank line is due before the next member. */
  private isGapDue = false;

  constructor(printer: Printer, type: Composite, style: Style) {
    this.printer = printer;
    this.model = printer.model;
    this.type = type;
    this.style = style;
    const indent = Math.min(style.indent, MAX_INDENT) + 1;
    this.inner = { ...style, indent, depth: style.depth + 1, lines: style.lines ?? { current: 0 } };
    this.tabs = tabs(indent);
  }

  write(): string {
    const { type, style, model } = this;
    this.text = `struct${type.name === null ? '' : ` ${type.name}`} {\n`;
    model.packing.judge(type);
    const { first, firstBits } = model.holes(type);
    if (firstBits > 0) this.note(`XXX ${plural(firstBits, 'bit')} hole, try to pack`);
    if (first > 0) this.note(`XXX ${plural(first, 'byte')} hole, try to pack`);
    this.members();
    if (style.hasStatistics) this.statistics();
    this.text += `${tabs(style.indent)}}${type.isPacked ? ' __attribute__((__packed__))' : ''}${suffixOf(style)}`;
    // A packed struct's alignment is no attribute of its own.
    if (type.alignment !== 0 && !type.isPacked)
      this.text += ` __attribute__((__aligned__(${type.alignment})))`;
    return this.text;
  }

  /** A comment of its own line before a member. */
  private note(comment: string): void {
    if (!this.isGapDue) this.text += '\n';
    this.isGapDue = true;
    this.text += `${this.tabs}/* ${comment} */\n`;
  }

  /** The same after a member, whose line is still open. */
  private remark(comment: string): void {
    if (!this.isGapDue) this.text += '\n';
    this.isGapDue = true;
    this.text += `\n${this.tabs}/* ${comment} */`;
  }

  private members(): void {
    const { type, inner, model } = this;
    const { members } = type;
    let last: Member | undefined;
    let lastSize = 0;
    for (const [i, member] of members.entries()) {
      if (last !== undefined && lastSize !== 0) this.between(last, lastSize, member);
      if (this.isGapDue) this.text += '\n';
      this.isGapDue = false;

      const memberType = model.types.need(member.type, type);
      inner.isFirst = last === undefined;
      inner.isLast = i === members.length - 1;
      this.text += this.tabs + this.printer.member(member, memberType, inner, false);
      if (isStruct(memberType)) {
        model.packing.judge(memberType);
        const remarks = remarksOn(memberType, model);
        if (remarks !== null) this.remark(`XXX last struct has ${remarks}`);
      }
      if (member.bitHole !== 0) this.remark(`XXX ${plural(member.bitHole, 'bit')} hole, try to pack`);
      if (member.hole > 0) this.remark(`XXX ${plural(member.hole, 'byte')} hole, try to pack`);
      this.text += '\n';

      const isElsewhere = last === undefined || lastSize === 0 || last.byteOffset !== member.byteOffset;
      if (isElsewhere || (last!.bitfieldSize === 0 && member.bitfieldSize !== 0)) lastSize = member.byteSize;
      last = member;
    }
  }

  /** Unnamed bitfields that must have been there, and what shares its bytes with the member before. */
  private between(last: Member, lastSize: number, member: Member): void {
    const { model, type, inner } = this;
    if (last.bitHole !== 0 && member.bitfieldSize !== 0) {
      let bits = last.bitHole;
      if (last.byteOffset !== member.byteOffset) {
        this.text += `\n${this.tabs}/* Force alignment to the next boundary: */\n`;
        bits = 0;
      }
      const memberType = model.types.need(member.type, type);
      this.text += `${this.tabs}${this.printer.declaration(memberType, '', inner)}:${bits};\n`;
    }
    const distance = member.byteOffset - last.byteOffset;
    if (distance < 0 || (distance === 0 && last.bitfieldSize === 0 && member.bitfieldSize !== 0))
      this.note('Bitfield combined with previous fields');
    else if (distance > 0 && distance < lastSize) this.note('Bitfield combined with next fields');
  }

  private statistics(): void {
    const { type, inner, model } = this;
    const of = statisticsOf(type, model);
    const lines = statisticsLines(of, type);
    const lastLine = (inner.base + type.size) % model.cacheline;
    if (lastLine !== 0) lines.push(`last cacheline: ${lastLine} bytes`);
    this.text += `\n${lines.map(line => `${this.tabs}/* ${line} */\n`).join('')}`;
    if (of.unexplainedBits !== 0 && of.members !== 0) {
      const { sumMembers, sumBitfieldBits, sumHoles, sumBitHoles, unexplainedBits } = of;
      this.text +=
        `\n${this.tabs}/* BRAIN FART ALERT! ${type.size | 0} bytes != ` +
        `${sumMembers} (member bytes) + ${sumBitfieldBits} (member bits) + ${sumHoles} (byte holes) + ` +
        `${sumBitHoles} (bit holes), diff = ${unexplainedBits} bits */\n`;
    }
  }
}
