// SPDX-License-Identifier: Apache-2.0
// Calls a kfunc of a module from a program of the type SYSCALL. usage: call-kfunc MODULE FUNCTION
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static char *read_btf(const char *name)
{
	static char path[256];
	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", name);
	FILE *file = fopen(path, "r");
	if (!file) {
		perror(path);
		exit(1);
	}
	size_t size = 32 << 20;
	char *bytes = malloc(size);
	if (fread(bytes, 1, size, file) < sizeof(struct btf_header)) exit(1);
	fclose(file);
	return bytes;
}

static size_t words_behind(const struct btf_type *type)
{
	unsigned n = BTF_INFO_VLEN(type->info);
	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT: case BTF_KIND_VAR: case BTF_KIND_DECL_TAG: return 1;
	case BTF_KIND_ARRAY: return 3;
	case BTF_KIND_STRUCT: case BTF_KIND_UNION: case BTF_KIND_DATASEC: case BTF_KIND_ENUM64: return 3 * n;
	case BTF_KIND_ENUM: case BTF_KIND_FUNC_PROTO: return 2 * n;
	default: return 0;
	}
}

/* The number of types; where `function` is given, its place among them, from 1, or 0. */
static unsigned walk(const char *bytes, unsigned strings_before, const char *function)
{
	const struct btf_header *header = (const void *)bytes;
	const char *types = bytes + header->hdr_len + header->type_off;
	const char *strings = bytes + header->hdr_len + header->str_off;
	unsigned count = 0;
	for (const uint32_t *at = (const void *)types; (const char *)at < types + header->type_len;) {
		const struct btf_type *type = (const void *)at;
		count++;
		if (function && BTF_INFO_KIND(type->info) == BTF_KIND_FUNC && type->name_off >= strings_before &&
		    !strcmp(strings + type->name_off - strings_before, function))
			return count;
		at += 3 + words_behind(type);
	}
	return function ? 0 : count;
}

static int btf_fd(const char *module)
{
	union bpf_attr attr;
	for (unsigned id = 0;;) {
		memset(&attr, 0, sizeof(attr));
		attr.start_id = id;
		if (bpf(BPF_BTF_GET_NEXT_ID, &attr)) return -1;
		id = attr.next_id;
		memset(&attr, 0, sizeof(attr));
		attr.btf_id = id;
		int fd = bpf(BPF_BTF_GET_FD_BY_ID, &attr);
		char name[64] = "";
		struct bpf_btf_info info = { .name = (uintptr_t)name, .name_len = sizeof(name) };
		memset(&attr, 0, sizeof(attr));
		attr.info.bpf_fd = fd;
		attr.info.info_len = sizeof(info);
		attr.info.info = (uintptr_t)&info;
		if (!bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) && !strcmp(name, module)) return fd;
		close(fd);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3) return 2;
	char *vmlinux = read_btf("vmlinux");
	const struct btf_header *base = (const void *)vmlinux;
	unsigned place = walk(read_btf(argv[1]), base->str_len, argv[2]);
	int fds[2] = { 0, btf_fd(argv[1]) };
	if (!place || fds[1] < 0) {
		printf("call-kfunc: %s of %s not found\n", argv[2], argv[1]);
		return 1;
	}
	struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = 30 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 4 },
		{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .off = 1, .imm = walk(vmlinux, 0, 0) + place },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static char log[65536];
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SYSCALL };
	attr.insn_cnt = sizeof(program) / sizeof(*program);
	attr.insns = (uintptr_t)program;
	attr.license = (uintptr_t)"GPL";
	attr.log_level = 1;
	attr.log_size = sizeof(log);
	attr.log_buf = (uintptr_t)log;
	attr.prog_flags = BPF_F_SLEEPABLE;
	attr.fd_array = (uintptr_t)fds;
	int fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0) {
		perror("call-kfunc: load");
		puts(log);
		return 1;
	}
	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = fd;
	if (bpf(BPF_PROG_TEST_RUN, &attr)) {
		perror("call-kfunc: run");
		return 1;
	}
	printf("call-kfunc: %s returned %u\n", argv[2], attr.test.retval);
	return attr.test.retval != 1034;
}
