import { type Btf, kindName, type TypeId } from '../btf/index.js';
import { oneLine } from '../bytes/index.js';

/** "[4711] ENUM64 'perf_event_sample_format'", as people look for it in a dump. */
export function typeText(btf: Btf, id: TypeId): string {
  const name = btf.typeName(id);
  return `[${id}] ${kindName(btf.kind(id))}${name === '' ? '' : ` '${oneLine(name)}'`}`;
}

/** Where the record of a type begins, in bytes from the start of its blob. */
export function offsetOf(btf: Btf, id: TypeId): number {
  const { header } = btf.layer(id);
  return header.headerLength + header.typeOffset + 4 * btf.at(id);
}

/** "type [4711] ENUM64 'x' at byte 0x1234 of .BTF" */
export function placeText(btf: Btf, id: TypeId): string {
  return `type ${typeText(btf, id)} at byte 0x${offsetOf(btf, id).toString(16)} of .BTF`;
}

/** "1 module", "3 modules" */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first few of a list, and how many more there are. */
export function few(names: readonly string[], most = 4): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
