// SPDX-License-Identifier: Apache-2.0
// What libbpf makes of the instructions of BPF objects. For each line of standard input, OBJECT TARGET, one line on
// standard output: {"ret": 0 or -errno, "program": where it ended, "programs": {name: instructions in hex}}.
// Needs libbpf's source, since the library itself gives away instructions only after more was done to them:
// cc -I$LIBBPF/src -I$LIBBPF/include -I$LIBBPF/include/uapi libbpf-core.c \
//    $(ls $LIBBPF/src/*.c | grep -v /libbpf.c) -lelf -lz -o libbpf-core
#include "libbpf.c"

static char ended_in[256];

static int find_program(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[1024];

	vsnprintf(line, sizeof(line), format, args);
	if (strstr(line, ": failed to relocate:") || strstr(line, ": failed to patch"))
		sscanf(strstr(line, "prog '"), "prog '%255[^']", ended_in);
	return 0;
}

static void relocate(const char *path, const char *target)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	int error, i;
	size_t at;

	if (!object) {
		printf("{\"ret\":%d}\n", -errno);
		return;
	}
	for (i = 0; i < object->nr_programs; i++)
		object->programs[i].autoload = true;
	ended_in[0] = 0;
	error = bpf_object__relocate_core(object, target);
	printf("{\"ret\":%d,\"program\":\"%s\",\"programs\":{", error, ended_in);
	for (i = 0; i < object->nr_programs; i++) {
		struct bpf_program *program = &object->programs[i];

		printf("%s\"%s\":\"", i ? "," : "", program->name);
		for (at = 0; at < program->insns_cnt * sizeof(struct bpf_insn); at++)
			printf("%02x", ((unsigned char *)program->insns)[at]);
		printf("\"");
	}
	printf("}}\n");
	bpf_object__close(object);
}

int main(void)
{
	char line[4096], object[2048], target[2048];

	libbpf_set_print(find_program);
	while (fgets(line, sizeof(line), stdin))
		if (sscanf(line, "%2047s %2047s", object, target) == 2)
			relocate(object, target);
	return 0;
}
