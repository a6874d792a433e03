/**
 * DWARF to deduplicated BTF, self-contained or split on a base.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { Btf, Kind } from '@btfkit/core/btf';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { Elf } from '@btfkit/core/elf';
 * import { Encoder } from '@btfkit/core/encode';
 *
 * const open = path => Elf.open(memorySource(readFileSync(path), path));
 * const vmlinux = Btf.parse(await new Encoder().encode(open('fixtures/module/mini-vmlinux')));
 *
 * // One encoder serves any number of modules.
 * const encoder = new Encoder(vmlinux);
 * const module = Btf.parse(await encoder.encode(open('fixtures/module/btfkit_demo.ko')), { base: vmlinux });
 * module.startId === vmlinux.endId; // => true
 * vmlinux.find('demo_count', Kind.FUNC); // => 0
 * module.find('demo_count', Kind.FUNC) > 0; // => true
 * ```
 *
 * Loading a kernel as a base takes longer than encoding most modules. It can be kept as an image, in pieces to be stored
 * one behind the other; the base itself is asked for only where a module gives one of its names another meaning.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { Btf, Kind } from '@btfkit/core/btf';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { Elf } from '@btfkit/core/elf';
 * import { BaseTypes, Encoder } from '@btfkit/core/encode';
 *
 * const vmlinux = Btf.parse(readFileSync('fixtures/module/mini-vmlinux.btf'));
 * const image = Buffer.concat(BaseTypes.of(vmlinux).write());
 * const kept = BaseTypes.read(memorySource(image, 'vmlinux.image'), async () => vmlinux);
 * const path = 'fixtures/module/btfkit_demo.ko';
 * const module = await new Encoder(kept).encode(Elf.open(memorySource(readFileSync(path), path)));
 * Btf.parse(module, { base: vmlinux }).find('demo_count', Kind.FUNC) > 0; // => true
 * ```
 *
 * A large file is read faster with threads. `EncodeOptions.workers` starts them, and in each of them `readPart` does the
 * work; here one that is no thread shows how these fit together. Any number of them gives the same bytes.
 *
 * ```ts
 * import { deepStrictEqual } from 'node:assert';
 * import { readFileSync } from 'node:fs';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { Elf } from '@btfkit/core/elf';
 * import { Encoder, readPart, transferList } from '@btfkit/core/encode';
 *
 * const path = 'fixtures/module/mini-vmlinux';
 * const open = () => Elf.open(memorySource(readFileSync(path), path));
 * async function onMessage(request) {
 *   const part = await readPart(open(), request);
 *   return structuredClone(part, { transfer: part ? transferList(part) : [] });
 * }
 * const workers = { count: 1, read: request => onMessage(structuredClone(request)) };
 * const threaded = await new Encoder().encode(open(), { workers });
 * deepStrictEqual(threaded, await new Encoder().encode(open()));
 * threaded.length > 1000; // => true
 * ```
 *
 * Why a function is in the BTF, or why not:
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { Elf } from '@btfkit/core/elf';
 * import { Explainer } from '@btfkit/core/encode';
 *
 * const path = 'fixtures/module/btfkit_demo.ko';
 * const elf = Elf.open(memorySource(readFileSync(path), path));
 * const [count, filters] = await new Explainer().explain(elf, ['demo_count', 'demo_run_filters']);
 * count.func.prototype; // => 'void demo_count(int is_write, size_t bytes)'
 * filters.reason; // => 'only inlined'
 * filters.functions[0].inlined.into; // => [{ function: 'demo_write', unit: 'btfkit_demo.c', count: 1 }]
 * ```
 */
export { BaseTypes } from './base-types.js';
export { type EncodeOptions, Encoder, type Progress } from './encoder.js';
export { Explainer, type ExplainOptions } from './explain/explainer.js';
export type * from './explain/explanation.js';
export { ALL_FEATURES, DEFAULT_FEATURES, type Feature } from './features.js';
export type { PartSettings } from './part.js';
export { type PartData, transferList } from './part-data.js';
export { type PartRequest, readPart, type UnitWorkers } from './threads.js';
