/** Checksums that a kernel and its modules export symbols with: Module.symvers. A line that is none counts for nothing. */
export function parseSymvers(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [crc, name] = line.split('\t');
    if (name !== undefined && /^0x[0-9a-f]{1,8}$/i.test(crc!)) found.set(name, Number(crc) >>> 0);
  }
  return found;
}

/** Symbols of /proc/kallsyms or System.map: those that are exported where it tells them apart, else all. */
export function parseKallsyms(text: string): Set<string> {
  const all = new Set<string>();
  const exported = new Set<string>();
  for (const line of text.split('\n')) {
    const name = /^[0-9a-f]+ [A-Za-z?] (\S+)(\t\[\S+\])?$/i.exec(line)?.[1];
    if (name === undefined) continue;
    all.add(name);
    if (name.startsWith('__ksymtab_')) exported.add(name.slice('__ksymtab_'.length));
  }
  return exported.size > 0 ? exported : all;
}

/** Options of a kernel's .config that are set, by name without CONFIG_. */
export function parseConfig(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/^CONFIG_(\w+)=(.*)$/gm)) found.set(name!, value!);
  return found;
}
