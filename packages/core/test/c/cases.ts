import { Types } from './types.js';

/** Types, and the C that bpftool 7.8 makes of them, from after its macros to before the kfuncs. */
export interface Case {
  readonly title: string;
  readonly build: () => Types;
  readonly unsorted?: boolean;
  readonly ids?: readonly number[];
  readonly c: string;
}

const types = (fill: (t: Types) => void): (() => Types) => {
  return () => {
    const t = new Types();
    fill(t);
    return t;
  };
};

export const cases: readonly Case[] = [
  {
    title: 'holes, packed structs, padding at the end',
    build: types(t => {
      const long = t.int('long', 8);
      const int = t.int();
      const char = t.int('char', 1);
      t.struct('hole', 16, [
        ['a', char, 0],
        ['b', long, 64],
      ]);
      t.struct('wide_hole', 32, [
        ['a', char, 0],
        ['b', int, 192],
      ]);
      t.struct('packed', 5, [
        ['a', char, 0],
        ['b', int, 8],
      ]);
      t.struct('tail', 64, [['a', int, 0]]);
      t.struct('odd_size', 6, [['a', int, 0]]);
      t.struct('empty', 0, []);
      t.struct('only_size', 4, []);
    }),
    c: `struct empty {};

struct hole {
	char a;
	long b;
};

struct odd_size {
	int a;
	short: 16;
} __attribute__((packed));

struct only_size {
	int: 32;
};

struct packed {
	char a;
	int b;
} __attribute__((packed));

struct tail {
	int a;
	long: 64;
	long: 64;
	long: 64;
	long: 64;
	long: 64;
	long: 64;
	long: 64;
};

struct wide_hole {
	char a;
	long: 64;
	long: 64;
	int b;
	long: 0;
};

`,
  },
  {
    title: 'bit fields, with room between them',
    build: types(t => {
      const long = t.int('long', 8);
      const int = t.int();
      t.struct('flags', 16, [
        ['a', int, 0, 1],
        ['b', int, 1, 3],
        ['', int, 4, 4],
        ['c', int, 20, 12],
        ['d', int, 32, 0],
        ['e', long, 70, 50],
      ]);
      t.union('either', 8, [
        ['bits', long, 0, 33],
        ['word', int, 0, 0],
      ]);
    }),
    c: `union either {
	long bits: 33;
	int word;
};

struct flags {
	int a: 1;
	int b: 3;
	int: 4;
	short: 8;
	char: 4;
	int c: 12;
	int d;
	char: 6;
	long e: 50;
};

`,
  },
  {
    title: 'anonymous structs, unions and enums, nested and shared',
    build: types(t => {
      const int = t.int();
      const inner = t.struct('', 8, [
        ['x', int, 0],
        ['y', int, 32],
      ]);
      const either = t.union('', 8, [
        ['', inner, 0],
        ['both', t.modified('CONST', inner), 0],
      ]);
      t.struct('outer', 24, [
        ['', either, 0],
        ['', inner, 64],
        ['where', t.enumeration('', { HERE: 0, THERE: 1 }), 128],
      ]);
      t.typedef('pair_t', inner);
      t.struct('second', 8, [['list', t.array(inner, 1), 0]]);
      t.enumeration('', { ALONE: 7 });
    }),
    c: `typedef struct {
	int x;
	int y;
} pair_t;

struct outer {
	union {
		struct {
			int x;
			int y;
		};
		const struct {
			int x;
			int y;
		} both;
	};
	struct {
		int x;
		int y;
	};
	enum {
		HERE = 0,
		THERE = 1,
	} where;
	long: 0;
};

struct second {
	struct {
		int x;
		int y;
	} list[1];
};

`,
  },
  {
    title: 'several of one name',
    build: types(t => {
      const int = t.int();
      const char = t.int('char', 1);
      const first = t.struct('foo', 4, [['a', int, 0]]);
      const second = t.struct('foo', 1, [['a', char, 0]]);
      const third = t.union('foo', 4, [['a', int, 0]]);
      t.typedef('foo', first);
      t.typedef('foo', second);
      t.typedef('bar', t.pointer(third));
      t.enumeration('foo', { foo: 1, bar: 2, same: 3 });
      t.enumeration('', { same: 3 });
      t.struct('uses', 16, [
        ['first', first, 0],
        ['second', second, 32],
        ['third', third, 64],
      ]);
    }),
    c: `enum foo {
	foo = 1,
	bar = 2,
	same = 3,
};

union foo___2;

typedef union foo___2 *bar___2;

struct foo___3 {
	int a;
};

union foo___2 {
	int a;
};

struct foo___4 {
	char a;
};

typedef struct foo___3 foo___2;

typedef struct foo___4 foo___3;

struct uses {
	struct foo___3 first;
	struct foo___4 second;
	union foo___2 third;
	long: 0;
};

`,
  },
  {
    title: 'a struct and a forward declaration of its name, by value and behind a pointer',
    build: types(t => {
      const forward = t.forward('foo');
      t.struct('holder', 8, [['foo', t.pointer(forward), 0]]);
      t.struct('foo', 4, [['a', t.int(), 0]]);
      t.forward('nowhere', 'union');
      t.enumeration('later', {});
    }),
    c: `struct foo {
	int a;
};

struct foo;

struct holder {
	struct foo *foo;
};

union nowhere;

`,
  },
  {
    title: 'enums of all sizes',
    build: types(t => {
      t.enumeration('byte', { A: 255 }, 1);
      t.enumeration('two', { B: 1 }, 2);
      t.enumeration('four', { C: 0xffffffff, D: 0 });
      t.enumeration('minus', { E: -1, F: -2147483648 }, 4, true);
      t.enumeration('eight', { G: 1 }, 8);
      t.enumeration64('wide', { H: 0xffff_ffff_ffff_ffffn, I: 1n });
      t.enumeration64('deep', { J: -5_000_000_000n }, 8, true);
      t.enumeration64('narrow', { K: 5n });
      t.enumeration64('byte64', { L: 5n }, 1);
    }),
    c: `enum byte64 {
	L = 5ULL,
} __attribute__((mode(byte)));

enum deep {
	J = -5000000000LL,
};

enum eight {
	G = 1,
} __attribute__((mode(word)));

enum four {
	C = 4294967295,
	D = 0,
};

enum minus {
	E = -1,
	F = -2147483648,
};

enum narrow {
	K = 5ULL,
} __attribute__((mode(word)));

enum two {
	B = 1,
};

enum wide {
	H = 18446744073709551615ULL,
	I = 1ULL,
};

`,
  },
  {
    title: 'loops through pointers',
    build: types(t => {
      const node = t.next;
      t.struct('node', 16, [
        ['next', node + 1, 0],
        ['owner', node + 2, 64],
      ]);
      t.pointer(node);
      t.pointer(node + 3);
      t.typedef('owner_t', node + 4);
      t.struct('owner', 24, [
        ['first', node, 0],
        ['call', node + 5, 128],
      ]);
      t.pointer(node + 6);
      t.prototype(0, ['owner', node + 2], ['node', node]);
    }),
    c: `struct owner;

typedef struct owner owner_t;

struct node {
	struct node *next;
	owner_t *owner;
};

struct owner {
	struct node first;
	void (*call)(owner_t *owner, struct node node);
};

`,
  },
  {
    title: 'functions and arrays in each other',
    build: types(t => {
      const int = t.int();
      const pointer = t.pointer(int);
      const returned = t.pointer(t.prototype(int, ['', pointer], ['', 0]));
      const returns = t.pointer(t.prototype(returned, ['which', int]));
      t.struct('functions', 120, [
        ['plain', t.pointer(t.prototype(0)), 0],
        ['returns', returns, 64],
        ['table', t.array(t.pointer(t.prototype(int, ['a', int], ['b', returns])), 4), 128],
        ['matrix', t.array(t.array(pointer, 3), 2), 384],
        ['to_array', t.pointer(t.array(t.array(int, 3), 2)), 768],
        ['to_constant', t.modified('CONST', t.pointer(t.modified('CONST', int))), 832],
        ['constant_array', t.modified('CONST', t.array(t.modified('VOLATILE', int), 2)), 896],
      ]);
      t.typedef('call_t', t.prototype(0, ['', t.modified('RESTRICT', pointer)]));
      t.typedef('calls_t', t.array(t.pointer(t.modified('CONST', t.next - 1)), 0));
    }),
    c: `struct functions {
	void (*plain)(void);
	int (* (*returns)(int which))(int *, ...);
	int (*table[4])(int a, int (* (*b)(int which))(int *, ...));
	int *matrix[2][3];
	int (*to_array)[2][3];
	const int * const to_constant;
	volatile int constant_array[2];
};

typedef void call_t(int * restrict);

typedef const call_t *calls_t[0];

`,
  },
  {
    title: 'type tags, of both kinds',
    build: types(t => {
      const int = t.int();
      const user = t.typeTag('user', int);
      t.struct('tagged', 32, [
        ['one', t.pointer(user), 0],
        ['two', t.pointer(t.typeTag('rcu', user)), 64],
        ['attribute', t.pointer(t.typeTag('address_space(1)', int, true)), 128],
        ['constant', t.pointer(t.modified('CONST', t.typeTag('percpu', t.pointer(int)))), 192],
      ]);
    }),
    c: `struct tagged {
	int __attribute__((btf_type_tag("user"))) *one;
	int __attribute__((btf_type_tag("user"))) __attribute__((btf_type_tag("rcu"))) *two;
	int __attribute__((address_space(1))) *attribute;
	int *const  __attribute__((btf_type_tag("percpu"))) *constant;
};

`,
  },
  {
    title: 'names that compilers know',
    build: types(t => {
      const list = t.struct('__va_list_tag', 8, [['at', t.pointer(0), 0]]);
      t.typedef('__builtin_va_list', t.array(list, 1));
      t.typedef('__gnuc_va_list', t.next - 1);
      t.typedef('__gnuc_va_list', 0);
      t.typedef('va_list', t.next - 2);
      const poly = t.int('__Poly8_t', 1);
      t.typedef('poly8x8_t', poly);
      t.int('__Poly128_t', 16);
      t.int('__Poly8_t', 1);
    }),
    unsorted: true,
    c: `struct __va_list_tag {
	void *at;
};

typedef __builtin_va_list __gnuc_va_list;

typedef void __gnuc_va_list___2;

typedef __gnuc_va_list va_list;

typedef unsigned char __Poly8_t;

typedef __Poly8_t poly8x8_t;

`,
  },
  {
    title: 'a list of arguments that old gcc made void',
    build: types(t => {
      t.typedef('__gnuc_va_list', 0);
    }),
    unsorted: true,
    c: `typedef __builtin_va_list __gnuc_va_list;

`,
  },
  {
    title: 'pointers of four bytes',
    build: types(t => {
      t.int('long unsigned int', 4);
      const wide = t.int('long long', 8);
      const int = t.int();
      t.struct('words', 24, [
        ['pointer', t.pointer(0), 0],
        ['wide', wide, 64],
        ['int', int, 160],
      ]);
      t.enumeration('eight', { A: 1 }, 8);
    }),
    c: `struct words {
	void *pointer;
	long: 32;
	long long wide;
	long: 32;
	int int;
};

`,
  },
  {
    title: 'names as long as they get',
    build: types(t => {
      const int = t.int();
      const long = 'x'.repeat(253);
      t.struct(long, 4, [['a', int, 0]]);
      t.struct(long, 8, [
        ['a', int, 0],
        ['b', int, 32],
      ]);
      t.enumeration('one', { [long]: 1 });
      t.enumeration('two', { [long]: 1 });
    }),
    c: `enum two {
	xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx = 1,
};

struct xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx {
	int a;
	int b;
};

struct xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx__ {
	int a;
};

`,
  },
  {
    title: 'types by kind and name',
    build: types(t => {
      const b = t.struct('b', 4, [['x', t.next + 3, 0]]);
      t.typedef('z_t', b);
      t.typedef('a_t', b);
      t.int();
      t.struct('a', 4, [['x', t.next - 1, 0]]);
      t.enumeration('z', { Z: 1 });
      t.enumeration('', { Y: 1 });
      t.float('double', 8);
      t.union('', 8, [['x', t.next - 1, 0]]);
      t.typedef('u_t', t.next - 1);
    }),
    c: `enum z {
	Z = 1,
};

typedef union {
	double x;
} u_t;

struct a {
	int x;
};

struct b {
	int x;
};

typedef struct b a_t;

typedef struct b z_t;

`,
  },
  {
    title: 'types by id',
    build: types(t => {
      const b = t.struct('b', 4, [['x', t.next + 3, 0]]);
      t.typedef('z_t', b);
      t.typedef('a_t', b);
      t.int();
      t.struct('a', 4, [['x', t.next - 1, 0]]);
      t.enumeration('z', { Z: 1 });
    }),
    unsorted: true,
    c: `struct b {
	int x;
};

typedef struct b z_t;

typedef struct b a_t;

struct a {
	int x;
};

enum z {
	Z = 1,
};

`,
  },
  {
    title: 'some types and what they need',
    build: types(t => {
      const int = t.int();
      const inner = t.struct('inner', 4, [['x', int, 0]]);
      const far = t.struct('far', 4, [['x', int, 0]]);
      t.struct('unused', 4, [['x', inner, 0]]);
      t.struct('wanted', 16, [
        ['inner', inner, 0],
        ['far', t.pointer(far), 64],
      ]);
    }),
    ids: [6],
    c: `struct inner {
	int x;
};

struct far;

struct wanted {
	struct inner inner;
	struct far *far;
};

`,
  },
  {
    title: 'split BTF with what it stands on',
    build: () => {
      const lower = new Types();
      lower.struct('base', 4, [['x', lower.int(), 0]]);
      const t = new Types(lower.parse());
      t.struct('upper', 8, [
        ['base', 2, 0],
        ['y', 1, 32],
      ]);
      t.typedef('base', 2);
      return t;
    },
    c: `struct base {
	int x;
};

typedef struct base base;

struct upper {
	struct base base;
	int y;
};

`,
  },
  {
    title: 'functions, variables and tags, of which there is no C',
    build: types(t => {
      const int = t.int();
      t.func('main', t.prototype(int, ['argc', int]));
      const variable = t.builder.add({ kind: 'VAR', name: 'counter', type: int, linkage: 1 });
      t.builder.add({
        kind: 'DATASEC',
        name: '.data',
        size: 4,
        variables: [{ type: variable, offset: 0, size: 4 }],
      });
      t.tag('tag', t.struct('tagged', 4, [['x', int, 0]]));
    }),
    c: `struct tagged {
	int x;
};

`,
  },
];
