import { assemble, type Btf, CLASSIC_HEADER, LAYOUT_HEADER } from '../btf/index.js';
import { locate } from '../bytes/index.js';
import type { KernelRules } from '../verify/rules.js';
import { Additions } from './additions.js';
import { type Loss, LossCounter } from './losses.js';
import { NameRepairs } from './names.js';
import { planOf, type Reader } from './plan.js';
import { RecordWriter } from './records.js';
import { Replacer } from './replace.js';

export interface ConvertOptions {
  /** Of the release that is to read the result: rulesOf() of @btfkit/core/verify. */
  readonly rules: KernelRules;
  /** 'kernel' for what modules may stand on, and modules. */
  readonly reader: Reader;
}

export interface Converted {
  /** The very input where nothing had to be changed. */
  readonly bytes: Uint8Array;
  /** What was changed; empty where nothing was. */
  readonly losses: readonly Loss[];
  /** Types that were added behind the others. Ids never move. */
  readonly added: number;
}

/**
 * The own types of a BTF for a release that does not know all that is in it: every type keeps its id, and what the release
 * does not know becomes what it does. As libbpf prepares the BTF of programs (bpf_object__sanitize_btf), and by like rules
 * beyond that. The base, if there is one, stays as it is. Whether the release takes the result is for a judge to say.
 * `btf` is one whose references were checked. Throws FormatError.
 */
export function convert(btf: Btf, { rules, reader }: ConvertOptions): Converted {
  return locate({ file: btf.name }, () => {
    const losses = new LossCounter();
    const names = new NameRepairs(btf, rules, losses);
    const additions = new Additions(btf, reader, names.add);
    const replacer = new Replacer(btf, rules, reader, planOf(btf, rules, reader), additions, losses);
    const { words, offsets, startId, header } = btf;
    const written = new RecordWriter(words.length);
    for (let own = 0; own < offsets.length; own++) {
      written.add(replacer.replace(startId + own, words.subarray(offsets[own]!, offsets[own + 1])));
    }
    for (const record of additions.records) written.add(record);
    const types = written.take();
    names.run(types, replacer.sectionNames);
    const hasLayout = rules.headerSize === LAYOUT_HEADER;
    if (header.layoutLength > 0 && !hasLayout) losses.add('layout');
    else if (header.headerLength > rules.headerSize) losses.add('header');
    const taken = losses.take();
    if (taken.length === 0) return { bytes: btf.bytes, losses: taken, added: 0 };
    const bytes = assemble(
      { words: types, strings: names.take() },
      {
        littleEndian: btf.littleEndian,
        headerLength: hasLayout && header.headerLength > CLASSIC_HEADER ? LAYOUT_HEADER : CLASSIC_HEADER,
        layout: hasLayout ? btf.layout : [],
      },
    );
    return { bytes, losses: taken, added: additions.records.length };
  });
}
