import { Values } from '@btfkit/core/value';

/** What comes of a value: the result, and the text that was written. */
export function shown(btf, { id, data, pointerSize, options }) {
  const chunks = [];
  const result = new Values(btf, pointerSize).show(id, data, chunk => chunks.push(chunk.slice()), options);
  return { result, text: Buffer.concat(chunks).toString() };
}
