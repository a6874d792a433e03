import type { Btf, BtfType, TypeId } from '@btfkit/core/btf';

/** All own types of a blob in words, sorted: what two blobs have in common whatever the ids. */
export interface Signatures {
  readonly types: readonly string[];
  readonly prototypes: readonly string[];
  readonly functions: readonly string[];
  /** VARs, each with its place in its section. */
  readonly variables: readonly string[];
  readonly tags: readonly string[];
}

export function signatures(btf: Btf): Signatures {
  const found = { types: [], prototypes: [], functions: [], variables: [], tags: [] } as Record<
    keyof Signatures,
    string[]
  >;
  for (let id = btf.startId; id < btf.endId; id++) {
    const type = btf.type(id);
    switch (type.kind) {
      case 'FUNC_PROTO':
        found.prototypes.push(reference(btf, id));
        break;
      case 'FUNC':
        found.functions.push(`${type.name} ${type.linkage} ${reference(btf, type.type)}`);
        break;
      case 'VAR':
        found.variables.push(`${type.name} ${type.linkage} ${reference(btf, type.type)}`);
        break;
      case 'DATASEC':
        found.variables.push(`${type.name} size=${type.size}`);
        for (const { type: variable, offset, size } of type.variables) {
          found.variables.push(`${type.name}+${offset} ${btf.typeName(variable)} size=${size}`);
        }
        break;
      case 'DECL_TAG':
        found.tags.push(
          `${type.name} on ${btf.type(type.type).kind} ${btf.typeName(type.type)} ${type.component}`,
        );
        break;
      default:
        found.types.push(definition(btf, id));
    }
  }
  for (const list of Object.values(found)) list.sort();
  return found;
}

/** As others refer to a type: a name where it has one, all of it where it has none. */
export function reference(btf: Btf, id: TypeId): string {
  const type = btf.type(id);
  switch (type.kind) {
    case 'VOID':
      return 'void';
    case 'INT':
    case 'FLOAT':
    case 'TYPEDEF':
      return type.name;
    case 'STRUCT':
    case 'UNION':
      return type.name === '' ? content(btf, type) : `${type.kind.toLowerCase()} ${type.name}`;
    case 'ENUM':
    case 'ENUM64':
      return type.name === '' ? content(btf, type) : `enum ${type.name}`;
    case 'FWD':
      return `${type.target} ${type.name}`;
    case 'PTR':
      return `${reference(btf, type.type)} *`;
    case 'CONST':
    case 'VOLATILE':
    case 'RESTRICT':
      return `${reference(btf, type.type)} ${type.kind.toLowerCase()}`;
    case 'TYPE_TAG':
      return `${reference(btf, type.type)} @${type.name}`;
    case 'ARRAY':
      return `${reference(btf, type.element)}[${type.length}]`;
    case 'FUNC_PROTO': {
      const parameters = type.params.map(one =>
        one.type === 0 && one.name === '' ? '...' : `${reference(btf, one.type)} ${one.name}`,
      );
      return `${reference(btf, type.returns)} (${parameters.join(', ')})`;
    }
    default:
      throw new Error(`${type.kind} where a type was expected`);
  }
}

/** All that a type says of itself. */
export function definition(btf: Btf, id: TypeId): string {
  const type = btf.type(id);
  switch (type.kind) {
    case 'INT':
      return `int ${type.name} ${type.bits}/${type.size} ${['', 'signed', '', '', 'bool'][type.encoding]}`;
    case 'FLOAT':
      return `float ${type.name} ${type.size}`;
    case 'TYPEDEF':
      return `typedef ${type.name} = ${reference(btf, type.type)}`;
    case 'STRUCT':
    case 'UNION':
    case 'ENUM':
    case 'ENUM64':
      return content(btf, type);
    case 'FWD':
      return `${reference(btf, id)};`;
    default:
      return reference(btf, id);
  }
}

function content(btf: Btf, type: BtfType): string {
  switch (type.kind) {
    case 'STRUCT':
    case 'UNION': {
      const members = type.members.map(({ name, type, bitOffset, bitfieldSize }) => {
        const bits = bitfieldSize === 0 ? '' : `:${bitfieldSize}`;
        return `${reference(btf, type)} ${name}${bits}@${bitOffset}`;
      });
      return `${type.kind.toLowerCase()} ${type.name}/${type.size} {${members.join('; ')}}`;
    }
    case 'ENUM':
    case 'ENUM64': {
      const values = type.values.map(({ name, value }) => `${name}=${value}`);
      return `enum ${type.name}/${type.size}${type.signed ? ' signed' : ''} {${values.join(', ')}}`;
    }
    default:
      throw new Error(`${type.kind} has no content`);
  }
}

/**
 * Do two blobs have the same data types however deep one looks: those that `definition` says alike refer to
 * others that are alike, and so on? Colours of the type graphs, refined until nothing changes.
 */
export function sameGraphs(a: Btf, b: Btf): boolean {
  let colours = [a, b].map(btf => Array.from({ length: btf.endId }, () => 0));
  for (let known = 0; ; ) {
    const numbers = new Map<string, number>();
    colours = [a, b].map((btf, side) =>
      Array.from({ length: btf.endId }, (_, id) => {
        const key = JSON.stringify(btf.type(id), (field, value) => {
          if (typeof value === 'bigint') return `${value}`;
          return typeof value === 'number' && isTypeField(field) ? colours[side]![value] : value;
        });
        return numbers.get(key) ?? numbers.set(key, numbers.size).size - 1;
      }),
    );
    if (numbers.size === known) break;
    known = numbers.size;
  }
  const [ofA, ofB] = colours.map((list, side) => dataTypes([a, b][side]!, list));
  return ofA!.join() === ofB!.join();
}

function isTypeField(field: string): boolean {
  return field === 'type' || field === 'element' || field === 'index' || field === 'returns';
}

function dataTypes(btf: Btf, colours: readonly number[]): number[] {
  const others = ['FUNC', 'FUNC_PROTO', 'VAR', 'DATASEC', 'DECL_TAG'];
  return colours
    .filter((_, id) => id >= btf.startId && !others.includes(btf.type(id).kind))
    .sort((x, y) => x - y);
}
