// SPDX-License-Identifier: Apache-2.0
// What libbpf makes of split BTF. For each line of standard input one line on standard output, the errno (0: done)
// and the first thing that libbpf said:
//   distill BASE SPLIT OUT-BASE OUT-SPLIT
//   relocate DISTILLED-BASE SPLIT TARGET OUT
// cc libbpf-distill.c -lbpf -lelf -lz -o libbpf-distill
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char said[4096];

static int keep_first(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level != LIBBPF_DEBUG && !said[0]) {
		vsnprintf(said, sizeof(said), format, args);
		said[strcspn(said, "\n")] = 0;
	}
	return 0;
}

static struct btf *load(const char *path, struct btf *base)
{
	FILE *file = fopen(path, "rb");
	struct btf *btf = NULL;
	char *bytes;
	long size;

	if (!file)
		return NULL;
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	bytes = malloc(size + 1);
	if (fread(bytes, 1, size, file) == (size_t)size)
		btf = base ? btf__new_split(bytes, size, base) : btf__new(bytes, size);
	free(bytes);
	fclose(file);
	return btf;
}

static int store(const char *path, const struct btf *btf)
{
	FILE *file = fopen(path, "wb");
	const void *bytes;
	__u32 size;

	bytes = btf__raw_data(btf, &size);
	if (!file || !bytes)
		return 1;
	return fwrite(bytes, 1, size, file) != size || fclose(file);
}

static int distill(struct btf *split, const char *base_path, const char *split_path)
{
	struct btf *new_base, *new_split;
	int err = btf__distill_base(split, &new_base, &new_split);

	if (err)
		return -err;
	err = store(base_path, new_base) || store(split_path, new_split);
	btf__free(new_split);
	btf__free(new_base);
	return err ? 1000 : 0;
}

static int relocate(struct btf *split, const char *target_path, const char *path)
{
	struct btf *target = load(target_path, NULL);
	int err;

	if (!target)
		return 1000;
	err = -btf__relocate(split, target);
	if (!err && store(path, split))
		err = 1000;
	btf__free(target);
	return err;
}

int main(void)
{
	char verb[16], base_path[256], split_path[256], third[256], fourth[256];
	struct btf *base, *split;
	int err;

	libbpf_set_print(keep_first);
	while (scanf("%15s %255s %255s %255s %255s", verb, base_path, split_path, third, fourth) == 5) {
		said[0] = 0;
		err = 1000;
		base = load(base_path, NULL);
		split = base ? load(split_path, base) : NULL;
		if (split)
			err = !strcmp(verb, "distill") ? distill(split, third, fourth) : relocate(split, third, fourth);
		// A relocated split BTF no longer stands on its old base, which may go first or last.
		btf__free(split);
		btf__free(base);
		printf("%d %s\n", err, said);
		fflush(stdout);
	}
	return 0;
}
