// SPDX-License-Identifier: Apache-2.0
// Register calls as modules make them, and as they seldom do. register-x86-64.o and register-arm64.o come of it:
//   gcc-12 -O2 -c -fno-pic -fno-pie -mcmodel=kernel -fno-asynchronous-unwind-tables -o register-x86-64.o register.c
//   aarch64-linux-gnu-gcc-12 -O2 -c -fno-pic -fno-pie -fno-asynchronous-unwind-tables -o register-arm64.o register.c
struct module;
extern struct module __this_module;
struct btf_kfunc_id_set {
	struct module *owner;
	void *set;
	void *filter;
};
int register_btf_kfunc_id_set(int type, const struct btf_kfunc_id_set *set);
int register_btf_fmodret_id_set(const struct btf_kfunc_id_set *set);
int other(void);
const struct btf_kfunc_id_set *somewhere(void);

#define SYMBOL(name) ".local " name "\n.type " name ", %object\n"
#define SET(name, func)                                                                                                \
	asm(".pushsection .BTF_ids,\"a\"\n" SYMBOL("__BTF_ID__set8__" name) "__BTF_ID__set8__" name ":\n" name             \
	    ":\n.zero 4\n.long 1\n" SYMBOL("__BTF_ID__func__" func "__1") ".size __BTF_ID__func__" func                       \
	    "__1, 4\n__BTF_ID__func__" func "__1:\n.zero 4\n.long 0\n.size __BTF_ID__set8__" name                            \
	    ", .-__BTF_ID__set8__" name "\n.popsection\n")
SET("one", "first_kfunc");
SET("two", "second_kfunc");
extern char one[], two[];

static const struct btf_kfunc_id_set first = { &__this_module, one, 0 };
static struct btf_kfunc_id_set second = { &__this_module, two, 0 };
static const struct btf_kfunc_id_set owned_by_none = { 0, one, 0 };

int one_after_the_other(void)
{
	int ret = register_btf_kfunc_id_set(6, &first);

	if (ret)
		return ret;
	ret = register_btf_kfunc_id_set(3, &first);
	return ret ?: register_btf_kfunc_id_set(27, &second);
}

int in_a_loop(void)
{
	int ret = 0;

	for (int type = 6; type < 9 && !ret; type++)
		ret = register_btf_kfunc_id_set(type, &first);
	return ret;
}

int kept_over_calls(int times)
{
	const struct btf_kfunc_id_set *set = &second;
	int sum = 0;

	for (int i = 0; i < times; i++) {
		sum += other();
		if (sum > 3)
			sum += register_btf_kfunc_id_set(29, set);
	}
	return sum;
}

int modify_return(void)
{
	other();
	return register_btf_fmodret_id_set(&second);
}

int set_from_elsewhere(void)
{
	return register_btf_kfunc_id_set(31, somewhere());
}

int type_from_the_caller(int type)
{
	return register_btf_kfunc_id_set(type, &first);
}

int without_owner(void)
{
	return register_btf_kfunc_id_set(31, &owned_by_none) + 1;
}

int one_or_the_other(int choice)
{
	if (choice > 7) {
		other();
		return register_btf_kfunc_id_set(6, &first) + 3;
	}
	return register_btf_kfunc_id_set(6, &second) * 5;
}

int by_table(int choice)
{
	switch (choice) {
	case 0:
		return register_btf_kfunc_id_set(1, &first) + 9;
	case 1:
		return other() + 1;
	case 2:
		return other() * 3;
	case 3:
		return register_btf_kfunc_id_set(2, &first) - 4;
	case 4:
		return other() - 17;
	case 5:
		return other() ^ 6;
	}
	return 0;
}
