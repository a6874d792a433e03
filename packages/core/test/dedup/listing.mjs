// The own types of a layer as lines of text, one for each in order of id; strings by content, ids as they are.
export function listing(btf) {
  return Array.from({ length: btf.endId - btf.startId }, (_, i) => {
    const { kind, name, ...rest } = btf.type(btf.startId + i);
    return `${kind} ${name} ${JSON.stringify(rest, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}`;
  });
}
