// SPDX-License-Identifier: Apache-2.0
// What libbpf answers to BTF blobs: for each "BASE_SIZE SIZE" of standard input (two u32, followed by the bytes of the
// base and of the blob; no bytes for BASE_SIZE 0xffffffff, the base of before) one line of standard output: errno, 0
// when accepted, a tab, and what it printed last, of all levels. 'wild' for a pointer that is none.
// cc libbpf-verdict.c -lbpf -lelf -lz -o libbpf-verdict
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char last[1024];

/* Without the prefix that libbpf begins each line with. */
static const char *message(void)
{
	last[strcspn(last, "\n")] = '\0';
	return strncmp(last, "libbpf: ", 8) ? last : last + 8;
}

static int keep(enum libbpf_print_level level, const char *format, va_list args)
{
	return vsnprintf(last, sizeof(last), format, args);
}

static void *read_bytes(uint32_t size)
{
	/* Exactly as long, so that a sanitizer sees what is read past the end. */
	void *bytes = malloc(size);

	if (!bytes || fread(bytes, 1, size, stdin) != size)
		exit(1);
	return bytes;
}

int main(void)
{
	struct btf *base = NULL, *btf;
	uint32_t sizes[2];
	void *bytes;
	int err;

	libbpf_set_print(keep);
	while (fread(sizes, sizeof(sizes[0]), 2, stdin) == 2) {
		if (sizes[0] != UINT32_MAX) {
			btf__free(base);
			base = NULL;
			if (sizes[0]) {
				bytes = read_bytes(sizes[0]);
				base = btf__new(bytes, sizes[0]);
				free(bytes);
				if (!base)
					return 1;
			}
		}
		bytes = read_bytes(sizes[1]);
		last[0] = '\0';
		errno = 0;
		btf = btf__new_split(bytes, sizes[1], base);
		err = btf ? 0 : errno;
		free(bytes);
		if ((intptr_t)btf < 0) {
			printf("wild\t%s\n", message());
			continue;
		}
		printf("%d\t%s\n", err, message());
		btf__free(btf);
	}
	return 0;
}
