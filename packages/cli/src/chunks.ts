import { FormatError } from '@btfkit/core/bytes';
import { jsonOf, writeOut } from './output.js';

const encoder = new TextEncoder();
/** So many characters are put together. */
const SIZE = 1 << 16;
/** Bytes in all. A kernel with all types expanded, as JSON, has a fifth. */
const MOST = 1 << 29;

/** Text that is kept until all of it is known, as bytes: strings of that length take much more. */
export class Chunks {
  private readonly bytes: Uint8Array[] = [];
  private text = '';
  private size = 0;

  add(text: string): void {
    this.text += text;
    if (this.text.length >= SIZE) this.flush();
  }

  write(): void {
    this.flush();
    for (const bytes of this.bytes) writeOut(bytes);
  }

  private flush(): void {
    if (this.text === '') return;
    const bytes = encoder.encode(this.text);
    this.size += bytes.length;
    if (this.size > MOST) throw new FormatError(`there is more to tell of it than ${MOST} bytes`);
    this.bytes.push(bytes);
    this.text = '';
  }
}

/**
 * One JSON document, `{ "NAME": rows }`, as writeJson would have it. The rows are made one by one: as objects all of
 * them can take many times their text. Nothing is written before the last is made.
 */
export function writeJsonRows(name: string, rows: Iterable<unknown>): void {
  const chunks = new Chunks();
  let isFirst = true;
  for (const row of rows) {
    const text = jsonOf(row).replaceAll('\n', '\n    ');
    chunks.add(`${isFirst ? `{\n  "${name}": [` : ','}\n    ${text}`);
    isFirst = false;
  }
  chunks.add(isFirst ? `{\n  "${name}": []\n}\n` : '\n  ]\n}\n');
  chunks.write();
}
