/* What layouts are tested with. make-answers.mjs has the commands that made shapes.*.btf and answers/ of it. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool;

struct empty {};

struct list {
	struct list *next, *prev;
};

struct gaps {
	u8 a;
	long b;
	u8 c;
	u16 d;
	u32 e;
	u8 f;
};

struct packed {
	u8 a;
	long b;
	u16 c;
} __attribute__((packed));

struct packed_whole {
	u32 a;
	u64 b;
} __attribute__((packed));

struct holds_packed {
	u16 first;
	struct packed_whole inner;
	u16 last;
};

struct bits {
	u32 a : 3;
	u32 b : 7;
	u32 : 0;
	u32 c : 1;
	u8 d;
	u16 e : 9;
	u64 f : 33, g : 20;
	bool h : 1;
	int i : 30;
	int j : 30;
};

struct bits_alone {
	u8 a : 1;
};

#ifdef __SIZEOF_INT128__
struct wide_bits {
	unsigned __int128 a : 100;
	unsigned __int128 b : 20;
	u64 c;
} *use_wide_bits;
#endif

struct bits_packed {
	u32 a : 30;
	u64 b : 40;
	u8 c : 5;
} __attribute__((packed));

struct lines {
	char before[60];
	u32 hot __attribute__((aligned(64)));
	struct gaps gaps;
	u8 tail[120];
	u64 cold __attribute__((aligned(32)));
};

struct aligned {
	u32 x;
} __attribute__((aligned(16)));

struct open_end {
	u32 length;
	u8 data[];
};

struct open_middle {
	struct open_end head;
	u8 room[12];
	u8 none[0];
	u32 after;
};

struct open_deep {
	struct open_middle middle;
};

enum plain { PLAIN_A, PLAIN_LONGER = 7, PLAIN_NEGATIVE = -3 };
enum small { SMALL_A, SMALL_B = 200 } __attribute__((packed));
enum wide { WIDE = 0x8000000000000000ull };
enum unseen;

union both {
	u32 word;
	struct {
		u16 low, high;
	};
	struct {
		u8 bytes[4];
	} as_bytes;
	struct packed_whole packed;
};

typedef struct {
	int counter;
} atomic_t;
typedef union {
	u64 v64;
	u32 v32[2];
} either_t;
typedef enum { ONE = 1, TWO } number_t;
typedef int (*compare_t)(const void *, const void *);
typedef void handler_t(int, ...);
typedef u8 address_t[6];
typedef const char *text_t;
typedef void nothing_t;
typedef struct gaps gaps_t;
typedef union both both_t;
typedef enum plain plain_t;
typedef atomic_t counter_t;

struct all_kinds {
	struct {
		int x, y;
		union {
			float real;
			double wide;
		};
	};
	struct {
		u8 tag;
		u32 value;
	} entries[3], *pointer;
	union {
		struct list list;
		void *owner;
	} u;
	enum { LOCAL_A, LOCAL_B } state;
	enum plain plain;
	enum small small;
	enum wide wider;
	enum unseen *later;
	const struct {
		u8 one;
		u16 two;
	} fixed;
	volatile u32 flag;
	const volatile long both;
	char *restrict text;
	const char *const names[2];
	int (*callback)(struct all_kinds *self, u64 arg, compare_t, void (*done)(void));
	handler_t *handler;
	int (**table)(void);
	void *(*make)(const struct all_kinds *const *, ...);
	address_t address;
	gaps_t gaps;
	atomic_t counters[2];
	counter_t count;
	either_t either;
	both_t both_ways;
	number_t number;
	struct elsewhere *elsewhere;
	struct list **lists;
	int matrix[2][3];
	u32 (*rows)[4];
	struct open_end *open;
	struct empty nothing;
	long double extended;
	struct aligned aligned;
	struct bits bits;
};

struct small_ones {
	u8 a;
	u64 b;
	u8 c;
	u64 d;
	u8 e;
	u64 f;
	u16 g;
	u64 h;
	u32 i;
};

struct all_kinds *use_all_kinds;
union both *use_both;
struct lines *use_lines;
struct bits_packed *use_bits_packed;
struct bits_alone *use_bits_alone;
struct packed *use_packed;
struct holds_packed *use_holds_packed;
struct open_deep *use_open_deep;
struct small_ones *use_small_ones;
text_t use_text;
nothing_t *use_nothing;
plain_t use_plain;
