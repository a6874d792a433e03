/** A type as C writes it: what prototypes are printed from, whatever they were read from. */
export type CType =
  /** `int`, `struct foo`, `void`. */
  | { readonly kind: 'name'; readonly text: string }
  /** `mark` is `*`; of C++ also `&` and `&&`. */
  | { readonly kind: 'pointer'; readonly mark: string; readonly to: CType }
  /** `const` and the like, and attributes. */
  | { readonly kind: 'qualified'; readonly by: string; readonly of: CType }
  /** `length` is undefined for `[]`. */
  | { readonly kind: 'array'; readonly length: number | undefined; readonly of: CType }
  | CFunction;

export interface CFunction {
  readonly kind: 'function';
  readonly result: CType;
  readonly parameters: readonly CParameter[];
  readonly variadic: boolean;
}

export interface CParameter {
  readonly name: string;
  readonly type: CType;
}

export const VOID: CType = { kind: 'name', text: 'void' };

/** Stands for the rest of a type that consists of more than this many others. */
export const TOO_LONG: CType = { kind: 'name', text: '…' };
export const MAX_TYPES = 500;

/** `name` declared with a type: `int (*name)(void)`. Without a name, the type alone: `int (*)(void)`. */
export function declare(type: CType, name = ''): string {
  switch (type.kind) {
    case 'name':
      return name === '' || name.startsWith('[') ? `${type.text}${name}` : `${type.text} ${name}`;
    case 'pointer':
      return declarePointer(type.to, type.mark, '', name);
    case 'qualified': {
      const qualifiers: string[] = [];
      let of: CType = type;
      for (; of.kind === 'qualified'; of = of.of) qualifiers.push(of.by);
      const words = qualifiers.join(' ');
      return of.kind === 'pointer'
        ? declarePointer(of.to, of.mark, words, name)
        : `${words} ${declare(of, name)}`;
    }
    case 'array':
      return declare(type.of, `${name}[${type.length ?? ''}]`);
    case 'function': {
      const parameters = type.parameters.map(parameter => declare(parameter.type, parameter.name));
      if (type.variadic) parameters.push('...');
      return declare(type.result, `${name}(${parameters.join(', ') || 'void'})`);
    }
  }
}

/** Qualifiers of a pointer stand behind its mark. */
function declarePointer(to: CType, mark: string, qualifiers: string, name: string): string {
  const inner = `${mark}${[qualifiers, name].filter(part => part !== '').join(' ')}`;
  return declare(to, to.kind === 'function' || to.kind === 'array' ? `(${inner})` : inner);
}
