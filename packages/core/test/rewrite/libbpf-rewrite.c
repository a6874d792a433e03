// SPDX-License-Identifier: Apache-2.0
// What libbpf makes of BTF. For each line of standard input one line on standard output, the errno (0: done):
//   sort BASE BTF OUT          BASE "-" for none; sorted as resolve_btfids of Linux 7.2 does it
//   sanitize FEATURES BTF OUT  as for a kernel with these features, letters as in supported() below
// cc -I LIBBPF/src libbpf-rewrite.c LIBBPF/src/libbpf.a -Wl,--wrap=feat_supported -lelf -lz -o libbpf-rewrite
#define _GNU_SOURCE
#include "btf.h"
#include "libbpf.h"
#include "libbpf_internal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct btf *bpf_object__sanitize_btf(struct bpf_object *obj, struct btf *btf);

static char features[64];

static bool supported(enum kern_feature_id id)
{
	const struct { enum kern_feature_id id; char letter; } letters[] = {
		{ FEAT_BTF_FUNC, 'F' }, { FEAT_BTF_GLOBAL_FUNC, 'g' }, { FEAT_BTF_DATASEC, 'd' },
		{ FEAT_BTF_FLOAT, 'f' }, { FEAT_BTF_DECL_TAG, 'D' }, { FEAT_BTF_TYPE_TAG, 'T' },
		{ FEAT_BTF_ENUM64, 'e' }, { FEAT_BTF_QMARK_DATASEC, 'q' }, { FEAT_BTF_LAYOUT, 'l' },
	};
	for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++)
		if (letters[i].id == id)
			return strchr(features, letters[i].letter) != NULL;
	return true;
}

bool __wrap_feat_supported(struct kern_feature_cache *cache, enum kern_feature_id id)
{
	return supported(id);
}

static struct btf *load(const char *path, struct btf *base)
{
	return base ? btf__parse_split(path, base) : btf__parse_raw(path);
}

static int save(struct btf *btf, const char *path)
{
	__u32 size;
	const void *bytes = btf__raw_data(btf, &size);
	FILE *file = fopen(path, "wb");

	if (!bytes || !file || fwrite(bytes, 1, size, file) != size)
		return EIO;
	fclose(file);
	return 0;
}

static int by_name(const void *a, const void *b, void *context)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;
	const struct btf *btf = context;
	int order = strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, x)->name_off),
			   btf__name_by_offset(btf, btf__type_by_id(btf, y)->name_off));

	return order ? order : x < y ? -1 : 1;
}

static int sort(struct btf *btf, struct btf *base)
{
	__u32 start = base ? btf__type_cnt(base) : 0, count = btf__type_cnt(btf) - start;
	__u32 *order = calloc(count + 1, 4), *ids = calloc(count + 1, 4);

	for (__u32 i = 0; i < count; i++)
		order[i] = start + i;
	qsort_r(order, count, 4, by_name, btf);
	for (__u32 i = 0; i < count; i++)
		ids[order[i] - start] = start + i;
	return -btf__permute(btf, ids, count, NULL);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

int main(void)
{
	char verb[16], first[256], input[256], output[256];
	void *object = calloc(1, 65536);

	libbpf_set_print(quiet);
	while (scanf("%15s %255s %255s %255s", verb, first, input, output) == 4) {
		struct btf *base = NULL, *btf, *made;
		int failed = EINVAL;

		if (!strcmp(verb, "sort") && strcmp(first, "-"))
			base = load(first, NULL);
		btf = load(input, base);
		if (btf && !strcmp(verb, "sort")) {
			failed = sort(btf, base);
			if (!failed)
				failed = save(btf, output);
		} else if (btf) {
			strncpy(features, first, sizeof(features) - 1);
			made = bpf_object__sanitize_btf(object, btf);
			failed = libbpf_get_error(made) ? EINVAL : save(made, output);
		}
		printf("%d\n", failed);
		fflush(stdout);
	}
	return 0;
}
