/** Endings of files that say nothing of what is in them. */
const ENDINGS = /(\.tar)?\.(xz|gz|zst|zstd|lzma|tgz|txz)$|\.tar$|\.btf$|\.o$/;

/** The shortest ends of paths that tell all of them apart: `5.4.0-42`, or `amd64/5.4.0-42` where there is another. */
export function shortNames(paths: readonly (readonly string[])[]): string[] {
  const bare = paths.map(labels =>
    labels.map((label, at) => (at === labels.length - 1 ? withoutEndings(label) : label)),
  );
  const lengths = bare.map(() => 1);
  const nameOf = (index: number) => bare[index].slice(-lengths[index]).join('/');
  for (;;) {
    const holders = new Map<string, number[]>();
    for (const index of bare.keys()) {
      const name = nameOf(index);
      holders.set(name, [...(holders.get(name) ?? []), index]);
    }
    let isLonger = false;
    for (const indices of holders.values()) {
      if (indices.length === 1) continue;
      for (const index of indices) {
        if (lengths[index] === bare[index].length) continue;
        lengths[index]++;
        isLonger = true;
      }
    }
    if (!isLonger) return numbered(bare.map((_, index) => nameOf(index)));
  }
}

/** `5.4.0-42` of `5.4.0-42.btf.tar.xz`. */
export function withoutEndings(label: string): string {
  let name = label;
  for (let shorter = name.replace(ENDINGS, ''); shorter !== name && shorter !== ''; ) {
    name = shorter;
    shorter = name.replace(ENDINGS, '');
  }
  return name;
}

/** The same path twice. */
function numbered(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map(name => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}
