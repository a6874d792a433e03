import { type Btf, kindName } from '../btf/index.js';
import { judgeAsLibbpf, libbpfMeaning, releaseOf, rulesOf } from '../verify/index.js';
import { offsetOf, placeText, typeText } from './places.js';
import type { Subject } from './subject.js';

/** The first thing in a blob that the libbpf of a kernel's source tree cannot read. */
export interface Unread {
  readonly what: 'kind' | 'wide' | 'byte order' | 'damage';
  /** Of `kind`. */
  readonly kind: number;
  readonly typeId: number | null;
  /** In bytes from the start of the blob. */
  readonly offset: number | null;
  /** In words, with the place. */
  readonly text: string;
  /** Of `kind`: other kinds further on that it does not know either, each with its first type. */
  readonly others: readonly { readonly kind: number; readonly text: string }[];
}

/** Below, ids and names were not checked when a blob was opened: libbpf 1.3, in the tree since Linux 6.7. */
const REFERENCES_CHECKED = [6, 7] as const;

/**
 * What tools/lib/bpf of this release makes of the file's BTF, as resolve_btfids and the in-tree bpftool have it: undefined
 * when it reads it, or when nothing is known of the release. In the tree, libbpf knows the kinds that its kernel does.
 */
export function unreadByTree(subject: Subject, version: string): Unread | undefined {
  const release = releaseOf(version);
  if (release === undefined || subject.btf === undefined) return undefined;
  const { maxKind, infoBits } = rulesOf(release);
  const { btf: bytes } = subject;
  if (isSwappedAndLong(bytes) && isOlder(release, 7, 1)) {
    const text = `the header, 32 bytes in the other byte order: libbpf swaps one of 24 bytes only`;
    return { what: 'byte order', kind: 0, typeId: null, offset: 4, text, others: [] };
  }
  const btf = subject.types(undefined);
  if (btf === undefined) return damage(bytes, isOlder(release, ...REFERENCES_CHECKED));
  return firstNew(btf, maxKind, infoBits);
}

function firstNew(btf: Btf, maxKind: number, infoBits: number): Unread | undefined {
  let first: Unread | undefined;
  const kinds = new Map<number, string>();
  for (let id = btf.startId; id < btf.endId; id++) {
    const word = btf.words[btf.offsets[id - btf.startId]! + 1]!;
    // Bits of a larger vlen or kind; those of the kinds that came one by one are told by the kind itself.
    const wide = (word & ~(infoBits | 0x9f00ffff)) !== 0;
    const kind = btf.kind(id);
    if ((!wide && kind <= maxKind) || kinds.has(kind)) continue;
    kinds.set(kind, placeText(btf, id));
    if (first !== undefined) continue;
    const what = wide ? 'wide' : 'kind';
    const text = wide
      ? `${placeText(btf, id)}: its info word 0x${word.toString(16)} has bits of a longer vlen or kind`
      : `${placeText(btf, id)}, the first of kind ${kind} (${kindName(kind)})`;
    first = { what, kind, typeId: id, offset: offsetOf(btf, id), text, others: [] };
  }
  if (first?.what !== 'kind') return first;
  const { kind } = first;
  return {
    ...first,
    others: [...kinds].filter(([other]) => other !== kind).map(([other, text]) => ({ kind: other, text })),
  };
}

function damage(bytes: Uint8Array, lenient: boolean): Unread | undefined {
  const { accepted, rule, message, typeId, offset } = judgeAsLibbpf(bytes);
  if (accepted || rule === null) return undefined;
  if (lenient && (rule === 'name' || rule === 'type' || rule === 'prototype')) return undefined;
  const place = offset === null ? '' : ` (byte 0x${offset.toString(16)} of .BTF)`;
  const text = `${message}${place}. ${libbpfMeaning(rule)}`;
  return { what: 'damage', kind: 0, typeId, offset, text, others: [] };
}

function isSwappedAndLong(bytes: Uint8Array): boolean {
  if (bytes.length < 8 || bytes[0] !== 0xeb) return false;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4) !== 24;
}

function isOlder(release: string, major: number, minor: number): boolean {
  const [a, b] = release.split('.').map(Number);
  return a! < major || (a === major && b! < minor);
}

/** The first type of a kind, for messages of readers that do not know it; undefined where there is none. */
export function firstOfKind(btf: Btf | undefined, kind: number): string | undefined {
  for (let id = btf?.startId ?? 0; btf !== undefined && id < btf.endId; id++) {
    if (btf.kind(id) === kind) return `${typeText(btf, id)} at byte 0x${offsetOf(btf, id).toString(16)}`;
  }
  return undefined;
}
