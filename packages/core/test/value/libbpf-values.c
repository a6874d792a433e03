// SPDX-License-Identifier: Apache-2.0
// What libbpf shows of bytes as values of types. Standard input has one request after the other: seven words of this machine
// (length of the BTF blob, size of pointers or 0, type id, flags, indent level, length of the indent or -1 for none, length
// of the data), the blob, the indent, the data. For each, standard output has two words, the result and the length of the
// text, and the text.
//
// cc libbpf-values.c -lbpf -lelf -lz -o libbpf-values
//
// libbpf reads data in the byte order of its machine. For big-endian answers it was built for s390x, and run by qemu-s390x,
// with two places of btf_dump.c made right: an enum's bit field is copied to where its value is then looked for
// (btf_dump_dump_type_data: enum_val = print_num << (64 - 8 * t->size)), and an enum that is not aligned counts as 0, as it
// does on x86-64, where gcc makes a shift by 64 of it (btf_dump_get_enum_value).
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// libbpf looks past the data to see whether members are zero; there they are.
#define ROOM (1 << 20)

static char *text;
static size_t length, capacity;

static void print(void *context, const char *format, va_list arguments)
{
	va_list again;
	int more;

	(void)context;
	va_copy(again, arguments);
	more = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length + more + 1 > capacity) {
		capacity = 2 * (length + more + 1);
		text = realloc(text, capacity);
	}
	vsnprintf(text + length, more + 1, format, arguments);
	length += more;
}

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level, (void)format, (void)arguments;
	return 0;
}

static char *take(size_t size, size_t room)
{
	char *bytes = aligned_alloc(64, (size + room + 63) / 64 * 64);

	memset(bytes, 0, size + room);
	if (fread(bytes, 1, size, stdin) != size)
		exit(1);
	return bytes;
}

int main(void)
{
	__u32 request[7];

	libbpf_set_print(silent);
	while (fread(request, 4, 7, stdin) == 7) {
		char *blob = take(request[0], 1);
		struct btf *btf = btf__new(blob, request[0]);
		char *indent = request[5] == -1u ? NULL : take(request[5], 1);
		char *data = take(request[6], ROOM);
		LIBBPF_OPTS(btf_dump_type_data_opts, options, .compact = request[3] & 1,
			    .skip_names = !!(request[3] & 2), .emit_zeroes = !!(request[3] & 4),
			    .emit_strings = !!(request[3] & 8), .indent_level = request[4], .indent_str = indent);
		struct btf_dump *dump;
		__u32 answer[2];

		if (request[1])
			btf__set_pointer_size(btf, request[1]);
		length = 0;
		dump = btf_dump__new(btf, print, NULL, NULL);
		answer[0] = btf_dump__dump_type_data(dump, request[2], data, request[6], &options);
		answer[1] = length;
		fwrite(answer, 4, 2, stdout);
		fwrite(text, 1, length, stdout);
		btf_dump__free(dump);
		btf__free(btf);
		free(blob);
		free(indent);
		free(data);
	}
	return 0;
}
