import { attachTarget, Kallsyms } from '../../../packages/core/dist/kernel/index.js';
import { fixture } from '../seeds.mjs';

const form = /^[^ \n]+ [^\0-\x20] ([^\0-\x20]+)/;

/** Reads kallsyms and finds every name of it, as reading line by line does; each name is a program's section too. */
export default {
  name: 'kallsyms',
  mutators: [],
  seeds: () => [
    fixture('kernel-roots/no-module-btf/proc/kallsyms'),
    new TextEncoder().encode('0 t kprobe/a+0x10\n0 t ?fentry.s/b:c\n0 t kprobe.multi/*?d*\n0 t tp/e/f\n'),
  ],
  run(bytes) {
    const symbols = new Kallsyms(bytes);
    const lines = Buffer.from(bytes).toString('latin1').split('\n');
    if (lines.at(-1) === '') lines.pop();
    if (lines.length !== symbols.count) throw new Error(`${symbols.count} lines, expected ${lines.length}`);
    for (const line of lines.slice(0, 200)) {
      const name = line.match(form)?.[1];
      if (name === undefined) throw new Error(`taken for a symbol: ${JSON.stringify(line)}`);
      attachTarget(name);
      // What is not UTF-8 comes out as something else.
      if (!/^[\x21-\x7e]+$/.test(name)) continue;
      if (!symbols.find(name).some(found => found.name === name && found.suffix === ''))
        throw new Error(`not found: ${JSON.stringify(name)}`);
      if (!symbols.matching(name).some(found => found.name === name))
        throw new Error(`not matched: ${JSON.stringify(name)}`);
    }
  },
};
