import { Literals } from './literals.js';
import { asWritten, findTemplate, type Match, parseTemplate, type Template } from './template.js';

/** A message that is looked for. */
export interface Message<Id> {
  readonly id: Id;
  readonly text: string;
  /** As CheckText's. */
  readonly cause?: number | undefined;
  readonly vague?: true;
}

/** A line in which a message was found. */
export interface Sighting<Id> {
  readonly id: Id;
  /** From 1 on. */
  readonly line: number;
  /** Without terminal escapes and control characters, cut to 400 characters. */
  readonly text: string;
  /** From the message on. */
  readonly said: string;
  /** As the message's. */
  readonly cause: number | undefined;
  readonly isVague: boolean;
  readonly fields: Readonly<Record<string, string>>;
}

/** Lines are cut here; a message that stands across the cut is not seen. */
const LONGEST_LINE = 1 << 16;
const SHOWN = 400;
const [LF, CR, ESC] = [0x0a, 0x0d, 0x1b];

/** The messages of a table in a form to search by; made once. */
export class MessageTable<Id> {
  readonly literals: Literals;
  private readonly templates: readonly {
    readonly message: Message<Id>;
    readonly template: Template;
  }[];
  /** By literal. */
  private readonly byAnchor: readonly number[][];

  constructor(messages: readonly Message<Id>[]) {
    this.templates = messages.map(message => ({ message, template: parseTemplate(message.text) }));
    const anchors = new Map<string, number[]>();
    for (const [index, { template }] of this.templates.entries()) {
      const same = anchors.get(template.anchor);
      if (same === undefined) anchors.set(template.anchor, [index]);
      else same.push(index);
    }
    this.literals = new Literals([...anchors.keys()]);
    this.byAnchor = [...anchors.values()];
  }

  /**
   * What a line says, given the literals that are in it. Of messages that share words the one with most characters
   * given stands, all that do if it is a tie.
   */
  match(line: string, literals: Iterable<number>): Found<Id>[] {
    const found: Found<Id>[] = [];
    for (const literal of literals) {
      for (const index of this.byAnchor[literal]!) {
        const { message, template } = this.templates[index]!;
        const match = findTemplate(template, line);
        if (match !== undefined) found.push({ message, match, given: template.given });
      }
    }
    return found
      .filter(({ match, given }) => !found.some(other => other.given > given && overlap(other.match, match)))
      .sort((a, b) => a.match.from - b.match.from);
  }
}

/** A message in a line. */
interface Found<Id> {
  readonly message: Message<Id>;
  readonly match: Match;
  readonly given: number;
}

function overlap(a: Match, b: Match): boolean {
  return a.from < b.to && b.from < a.to;
}

/**
 * Reads a log in pieces of any length and tells what it finds as it goes. Terminal escapes, time stamps in front, the
 * zeros of UTF-16, and quotes as web pages have them do not matter; a carriage return ends a line, but does not count as one.
 */
export class LogReader<Id> {
  /** Lines so far. */
  lines = 0;
  private readonly table: MessageTable<Id>;
  private readonly tell: (sighting: Sighting<Id>) => void;
  private state = 0;
  /** Within a terminal escape: 1 after ESC, 2 in a control sequence, 3 in a title. */
  private escape = 0;
  private readonly found = new Set<number>();
  /** The current line as far as it stood in earlier pieces. */
  private kept: Uint8Array[] = [];
  private keptLength = 0;
  private open = false;

  constructor(table: MessageTable<Id>, tell: (sighting: Sighting<Id>) => void) {
    this.table = table;
    this.tell = tell;
  }

  feed(bytes: Uint8Array): void {
    const { next, classOf, classes, endAt, ends } = this.table.literals;
    let { state } = this;
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === LF || byte === CR) {
        this.endLine(bytes.subarray(start, at), byte === LF);
        start = at + 1;
        state = 0;
        continue;
      }
      if (this.escape !== 0 || byte === ESC) {
        this.escape = afterEscape(this.escape, byte);
      } else if (byte !== 0) {
        state = next[state * classes + classOf[byte]!]!;
        if (endAt[state] !== 0) for (const literal of ends[endAt[state]!]!) this.found.add(literal);
      }
      if (at - start + this.keptLength >= LONGEST_LINE) {
        this.endLine(bytes.subarray(start, at + 1), false);
        start = at + 1;
        state = 0;
      }
    }
    this.state = state;
    if (start < bytes.length) {
      this.open = true;
      this.kept.push(bytes.slice(start));
      this.keptLength += bytes.length - start;
    }
  }

  /** To be called once, after the last piece. */
  end(): void {
    if (this.open) this.endLine(new Uint8Array(0), true);
  }

  private endLine(rest: Uint8Array, counts: boolean): void {
    if (this.found.size > 0) {
      const text = asWritten(plainText([...this.kept, rest]));
      for (const { message, match } of this.table.match(text, this.found)) {
        this.tell({
          id: message.id,
          line: this.lines + 1,
          text: shownPart(text, match),
          said: text.slice(match.from, match.from + SHOWN).trim(),
          cause: message.cause,
          isVague: message.vague === true,
          fields: match.fields,
        });
      }
      this.found.clear();
    }
    this.kept = [];
    this.keptLength = 0;
    this.escape = 0;
    this.open = !counts;
    if (counts) this.lines++;
  }
}

/** Of a long line what is around the message. */
function shownPart(text: string, { from }: Match): string {
  const trimmed = text.trim();
  if (trimmed.length <= SHOWN) return trimmed;
  const start = Math.max(0, Math.min(from - 40, text.length - SHOWN));
  return `${start > 0 ? '…' : ''}${text.slice(start, start + SHOWN).trim()}…`;
}

/** ECMA-48: ESC [ … final byte; ESC ] … BEL or ESC \; else two bytes. */
function afterEscape(state: number, byte: number): number {
  if (byte === ESC) return 1;
  if (state === 1) return byte === 0x5b ? 2 : byte === 0x5d ? 3 : 0;
  if (state === 2) return byte >= 0x40 && byte <= 0x7e ? 0 : 2;
  return byte === 0x07 ? 0 : 3;
}

/** UTF-8, without what a terminal would not show. */
function plainText(pieces: readonly Uint8Array[]): string {
  const plain = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  let state = 0;
  for (const piece of pieces) {
    for (const byte of piece) {
      if (state !== 0 || byte === ESC) state = afterEscape(state, byte);
      else if (byte === 0x09) plain[length++] = 0x20;
      else if (byte >= 0x20 && byte !== 0x7f) plain[length++] = byte;
    }
  }
  return new TextDecoder().decode(plain.subarray(0, length));
}
