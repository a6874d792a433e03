// Asks the running kernel for its opinion of BTF blobs: BPF_BTF_LOAD of each argument.
// Prints a line for each: the path, errno (0: accepted) and the last line of the verifier's log, tabs between.
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char blob[16 << 20];
static char verifier_log[1 << 20];

static const char *last_line(char *text)
{
	size_t length = strlen(text);

	while (length && text[length - 1] == '\n')
		text[--length] = 0;
	char *newline = strrchr(text, '\n');
	return newline ? newline + 1 : text;
}

static int load(size_t size, int log_level)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	verifier_log[0] = 0;
	attr.btf = (unsigned long)blob;
	attr.btf_size = size;
	if (log_level) {
		attr.btf_log_buf = (unsigned long)verifier_log;
		attr.btf_log_size = sizeof(verifier_log);
		attr.btf_log_level = log_level;
	}
	int fd = syscall(__NR_bpf, BPF_BTF_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		if (!file) {
			perror(argv[i]);
			return 1;
		}
		size_t size = fread(blob, 1, sizeof(blob), file);
		fclose(file);
		// With a log that is too small even good BTF fails (ENOSPC): ask for the log only on refusal.
		int error = load(size, 0);
		if (error)
			load(size, 1);
		printf("%s\t%d\t%s\n", argv[i], error, last_line(verifier_log));
	}
	return 0;
}
