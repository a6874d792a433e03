/** Where in an input something is wrong. Every field is optional: fill in what is known. */
export interface Where {
  /** The input as the user named it. */
  readonly file?: string | undefined;
  /** ELF section, or "BTF header", "types", "strings" of a raw blob. */
  readonly section?: string | undefined;
  /** Byte offset from the start of `section` (of the file where there is no section). */
  readonly offset?: number | undefined;
  /** BTF type id. */
  readonly typeId?: number | undefined;
}

function describe(where: Where): string {
  const parts: string[] = [];
  if (where.file !== undefined) parts.push(where.file);
  if (where.section) parts.push(where.section);
  if (where.offset !== undefined) parts.push(`offset 0x${where.offset.toString(16)}`);
  if (where.typeId !== undefined) parts.push(`type [${where.typeId}]`);
  return parts.join(': ');
}

/** Names in messages come from the input: a line break or another control character in one is spelt out. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, character => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/**
 * Malformed or unsupported input. Thrown where it is found, printed once at the top of the command
 * (exit status 3). `problem` is one line: what was found and what was expected.
 */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly where: Where;
  readonly problem: string;

  constructor(problem: string, where: Where = {}, cause?: unknown) {
    problem = oneLine(problem);
    const place = oneLine(describe(where));
    super(place ? `${place}: ${problem}` : problem, cause === undefined ? undefined : { cause });
    this.where = where;
    this.problem = problem;
  }

  /** The same error with places filled in that the thrower did not know; what it knew stays. */
  within(outer: Where): FormatError {
    return new FormatError(this.problem, { ...outer, ...definedOnly(this.where) }, this.cause);
  }
}

function definedOnly(where: Where): Where {
  return Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined));
}

/** Runs `body`; a FormatError leaving it learns the places in `outer`. */
export function locate<T>(outer: Where, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw error instanceof FormatError ? error.within(outer) : error;
  }
}

/** As `locate`, for a body that waits for something. */
export async function locateAsync<T>(outer: Where, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw error instanceof FormatError ? error.within(outer) : error;
  }
}
