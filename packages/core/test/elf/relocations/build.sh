#!/bin/sh
# Makes NAME.o and NAME.linked beside this script: objects for machines that a kernel module comes in, and their debug
# sections as a linker relocates them with every section at address 0. Usage: build.sh, with clang-19, ld.lld-19 and
# llvm-objcopy in the environment variables CC, LD and OBJCOPY.
set -e
cd "$(dirname "$0")"
T=$(mktemp -d)
sections() {
	echo 'SECTIONS {'
	for name in .text .init.text .data .bss .rodata .sdata .sbss .reginfo .MIPS.abiflags .MIPS.options \
		.ARM.exidx .got .got.plt .plt .note.GNU-stack .eh_frame .opd .toc .riscv.attributes; do
		echo "  $name 0 : { *($name) }"
	done
	echo '}'
}
sections > "$T/zero.lds"
make_one() { # NAME TARGET FLAGS...
	name=$1 target=$2
	shift 2
	$CC --target="$target" -g -O1 -ffreestanding -fno-pic -fno-asynchronous-unwind-tables \
		-fdebug-prefix-map="$PWD"=/btfkit "$@" -c debug.c -o "$name.o"
	# -O0 keeps lld from merging strings, which would move what the debug sections refer to.
	$LD -O0 -z max-page-size=4096 --no-relax --no-check-sections --unresolved-symbols=ignore-all -e 0 -T "$T/zero.lds" "$name.o" \
		-o "$T/linked"
	$OBJCOPY -j '.debug_*' "$T/linked" "$name.linked"
}
make_one x86_64 x86_64-linux-gnu
make_one i386 i386-linux-gnu
make_one aarch64 aarch64-linux-gnu
make_one aarch64_be aarch64_be-linux-gnu
make_one arm arm-linux-gnueabihf
make_one s390x s390x-linux-gnu
make_one powerpc64le powerpc64le-linux-gnu
make_one powerpc64 powerpc64-linux-gnu
make_one powerpc powerpc-linux-gnu
make_one riscv64 riscv64-linux-gnu -mno-relax
make_one riscv64-relax riscv64-linux-gnu -mrelax -gdwarf-5
make_one riscv32 riscv32-linux-gnu -mno-relax
make_one loongarch64 loongarch64-linux-gnu
make_one loongarch64-relax loongarch64-linux-gnu -Xclang -target-feature -Xclang +relax -Os
make_one mips64el mips64el-linux-gnuabi64 -mno-abicalls
make_one mips64 mips64-linux-gnuabi64 -mno-abicalls
make_one mips mips-linux-gnu -mno-abicalls
make_one sparc64 sparc64-linux-gnu
rm -r "$T"
