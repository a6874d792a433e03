/** What one print of the kernel can hold: BPF_VERIFIER_TMP_LOG_SIZE without its NUL. */
const LONGEST_PRINT = 1023;

/**
 * What a verifier says, print by print, a character for each byte: names are whatever
 * bytes the blob has, and Latin-1 is how the kernel looks at them. A program's
 * loader finds the prints one after the other in its buffer, the kernel's own BTF gets a line of dmesg for each.
 */
export class VerifierLog {
  readonly prints: string[] = [];
  /** Says that all is well so far, type by type; otherwise only what is wrong comes here. */
  readonly verbose: boolean;

  constructor(verbose: boolean) {
    this.verbose = verbose;
  }

  print(text: string): void {
    this.prints.push(text.length > LONGEST_PRINT ? text.slice(0, LONGEST_PRINT) : text);
  }

  /** The lines of a program's log. */
  get lines(): string[] {
    const lines = this.prints.join('').split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }

  /** The last print with text in it. */
  get lastPrint(): string {
    return trimmed(this.prints.findLast(text => trimmed(text) !== '') ?? '');
  }
}

/** Without the spaces, tabs and newlines around it. */
export function trimmed(text: string): string {
  return text.replace(/^[ \t\n]+|[ \t\n]+$/g, '');
}
