// SPDX-License-Identifier: Apache-2.0
// What libbpf makes of a BTF blob: for each line "INPUT BASE OUTPUT" of standard input (BASE may be "-"), writes the
// deduplicated types to OUTPUT and the result of btf__dedup to standard output.
// cc libbpf-dedup.c -lbpf -lelf -lz -o libbpf-dedup
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

static struct btf *load(const char *path, struct btf *base)
{
	static char bytes[1 << 24];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file)
		return NULL;
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	return base ? btf__new_split(bytes, size, base) : btf__new(bytes, size);
}

static int dedup(const char *input, const char *base_path, const char *output)
{
	struct btf *base = NULL, *btf;
	const void *bytes;
	__u32 size;
	FILE *file;
	int err;

	if (strcmp(base_path, "-") && !(base = load(base_path, NULL)))
		return 1;
	btf = load(input, base);
	if (!btf)
		return 1;
	err = btf__dedup(btf, NULL);
	if (!err) {
		bytes = btf__raw_data(btf, &size);
		file = fopen(output, "wb");
		if (!file || fwrite(bytes, 1, size, file) != size || fclose(file))
			return 1;
	}
	btf__free(btf);
	btf__free(base);
	return err;
}

int main(void)
{
	char input[256], base[256], output[256];

	while (scanf("%255s %255s %255s", input, base, output) == 3) {
		printf("%d\n", dedup(input, base, output));
		fflush(stdout);
	}
	return 0;
}
