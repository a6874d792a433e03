import { isatty } from 'node:tty';

/** Whether standard output is a terminal that is to have colours (https://no-color.org). */
export function hasColours(): boolean {
  const { NO_COLOR, TERM } = process.env;
  return isatty(1) && !NO_COLOR && TERM !== 'dumb';
}

const coloured = (code: number, text: string) => `\x1b[${code}m${text}\x1b[39m`;
const YELLOW = 33;
const CYAN = 36;
const GREY = 90;

/** Comments in colour: what is wasted in yellow, cache lines in cyan, what is only said in grey. */
export function colourComments(text: string): string {
  return text.replace(/\/\*.*?\*\//g, comment => {
    if (/^\/\* (XXX|BRAIN FART)/.test(comment)) return coloured(YELLOW, comment);
    return coloured(comment.startsWith('/* ---') ? CYAN : GREY, comment);
  });
}
