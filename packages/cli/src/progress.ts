import { writeError } from './output.js';

/** One line on standard error that is written over and over. Nothing where that is no terminal. */
export class ProgressLine {
  private readonly visible = process.stderr.isTTY === true;
  private shown = '';

  show(text: string): void {
    if (!this.visible || text === this.shown) return;
    writeError(`\r${text}\x1b[K`);
    this.shown = text;
  }

  /** Makes room for other lines. */
  clear(): void {
    if (this.shown !== '') writeError('\r\x1b[K');
    this.shown = '';
  }
}
