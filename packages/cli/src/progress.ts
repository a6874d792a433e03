import { fstatSync } from 'node:fs';
import { writeError } from './output.js';

/** One line on standard error that is written over and over. Nothing where that is no terminal. */
export class ProgressLine {
  // Asked only of what could be a terminal: the answer has Node load its network code.
  private readonly visible = isDevice(2) && process.stderr.isTTY === true;
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

function isDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
}
