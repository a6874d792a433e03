import { FormatError } from '../../../packages/core/dist/bytes/index.js';
import { parseConfig, parseKallsyms, parseSymvers } from '../../../packages/core/dist/module/index.js';
import { contents } from '../../robustness/made.mjs';
import { fixture } from '../seeds.mjs';

const encoded = text => new TextEncoder().encode(text);

/** Texts that a kernel build leaves: .config, Module.symvers, System.map. */
export default {
  name: 'texts',
  mutators: [],
  seeds: () => [
    fixture('kernel-roots/no-module-btf/proc/kallsyms'),
    encoded('ffffffff81000000 T _text\n                 U printk\r\n0000000000001000 t a.b [m]\n'),
    encoded(contents().config),
    encoded(contents()['Module.symvers']),
  ],
  run(bytes) {
    const text = Buffer.from(bytes).toString('latin1');
    const tables = [parseConfig, parseKallsyms, parseSymvers].map(parse => parse(text));
    if (tables.every(table => table.size === 0)) throw new FormatError('nothing in it');
  },
};
