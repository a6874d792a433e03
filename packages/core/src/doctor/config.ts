/** A kernel's configuration: `.config`, `include/config/auto.conf`, or `/boot/config-…`. */
export interface KernelConfig {
  readonly path: string;
  readonly text: string;
  /** The value of CONFIG_name: "y", "m", a number, a string without its quotes; undefined where it is not set. */
  get(name: string): string | undefined;
  /** Is the option in the file at all, be it as "is not set"? */
  mentions(name: string): boolean;
}

/** Reads a configuration; what is no line of one counts for nothing. */
export function parseConfig(path: string, text: string): KernelConfig {
  const values = new Map<string, string>();
  const unset = new Set<string>();
  for (const line of text.split(/\r?\n/)) {
    const equals = line.indexOf('=');
    if (line.startsWith('CONFIG_') && equals > 0) {
      values.set(line.slice('CONFIG_'.length, equals), line.slice(equals + 1).replace(/^"|"$/g, ''));
    } else if (line.startsWith('# CONFIG_') && line.endsWith(' is not set')) {
      unset.add(line.slice('# CONFIG_'.length, -' is not set'.length));
    }
  }
  return {
    path,
    text,
    get: name => values.get(name),
    mentions: name => values.has(name) || unset.has(name),
  };
}

/** Does a text look like a configuration? */
export function looksLikeConfig(text: string): boolean {
  const start = text.slice(0, 4096);
  return /^(# )?CONFIG_\w+[= ]/m.test(start) || /^# Linux\/\w+ \S+ Kernel Configuration$/m.test(start);
}

/** "5.15.90" of the comment at the top, "# Linux/x86 5.15.90 Kernel Configuration". */
export function configVersion({ text }: KernelConfig): string | undefined {
  return text.slice(0, 1024).match(/^# Linux\/\S+ (\d+\.\d+\S*) Kernel Configuration/m)?.[1];
}
