import { writeOut } from '../output.js';

const encoder = new TextEncoder();
/** So many characters are put together. */
const SIZE = 1 << 16;

/** Text that is kept until all of it is known, as bytes: strings of that length take much more. */
export class Chunks {
  private readonly bytes: Uint8Array[] = [];
  private text = '';

  add(text: string): void {
    this.text += text;
    if (this.text.length >= SIZE) this.flush();
  }

  write(): void {
    this.flush();
    for (const bytes of this.bytes) writeOut(bytes);
  }

  private flush(): void {
    if (this.text !== '') this.bytes.push(encoder.encode(this.text));
    this.text = '';
  }
}
