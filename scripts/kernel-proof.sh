#!/bin/bash
# Builds a small kernel with btfkit in the place of pahole and resolve_btfids, boots it in qemu, loads its modules and one
# out of tree, and calls a kfunc of that. Ends with status 0 where all of it worked.
#
#   scripts/kernel-proof.sh SOURCE OUT
#
# SOURCE: a kernel's source, such as Debian's linux-source-6.12 unpacked; OUT: a folder for what is built (2 GB), reused by
# the next run. With PAHOLE=/path/to/pahole the same objects are first linked with that and the kernel's own resolve_btfids,
# and what the kernel says of BTF is compared. Needs gcc, make, bc, flex, bison, libelf-dev, libssl-dev, cpio,
# qemu-system-x86, busybox-static, and `npm run build` before. JOBS: how many jobs
# make may run; ACCEL=kvm where that works.
set -euo pipefail
source=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
tree=$(realpath -m "$out/tree")
here=$(dirname "$(realpath "$0")")
bin=$here/../packages/cli/bin
reference=${PAHOLE:-}
ours=("PAHOLE=node $bin/btfkit-pahole.cjs" "RESOLVE_BTFIDS=node $bin/btfkit-resolve_btfids.cjs")
busybox=$(command -v busybox)

build() { # FOLDER, then what make gets beside
	local result=$1
	shift
	local make=(make -C "$source" O="$tree" -j "${JOBS:-$(nproc)}" "$@")
	# What the tools write, so that they run; the objects stay.
	rm -f "$tree/vmlinux" "$tree/arch/x86/boot/bzImage"
	find "$tree" -name '*.ko' -delete
	"${make[@]}" vmlinux modules bzImage
	rm -rf "$out/module" "$result"
	cp -r "$here/kernel-proof/module" "$out/module"
	"${make[@]}" M="$out/module" modules
	mkdir -p "$result/root/modules" "$result/root/bin"
	cp "$tree/vmlinux" "$tree/arch/x86/boot/bzImage" "$result"
	find "$tree" "$out/module" -name '*.ko' -exec cp {} "$result/root/modules" \;
	strip --strip-debug "$result"/root/modules/*.ko
	cp "$here/kernel-proof/init" "$result/root/init"
	cp "$busybox" "$result/root/bin/busybox"
	gcc -O2 -static -o "$result/root/call-kfunc" "$here/kernel-proof/call-kfunc.c"
	(cd "$result/root" && find . | cpio -o -H newc --quiet | gzip > ../initramfs.gz)
}

boot() { # FOLDER
	timeout 600 qemu-system-x86_64 -machine "accel=${ACCEL:-tcg}" -m 512 -nographic -no-reboot -kernel "$1/bzImage" \
		-initrd "$1/initramfs.gz" -append 'console=ttyS0 panic=-1' < /dev/null > "$1/console.raw" || true
	tr -d '\r' < "$1/console.raw" > "$1/console"
	grep -a '^PROOF end' "$1/console" > /dev/null || { tail -n 30 "$1/console"; echo "$1: did not get to its end"; exit 1; }
}

about_btf() { # FOLDER: lines of the kernel's log that speak of BTF, without time stamps
	grep -a '^DMESG' "$1/console" | sed 's/^DMESG \[[^]]*\] *//' | grep -iE 'btf|bpf:|kfunc' | sort || true
}

mkdir -p "$tree"
[ -f "$tree/.config" ] || make -C "$source" O="$tree" "${ours[@]}" KCONFIG_ALLCONFIG="$here/kernel-proof/config" allnoconfig
if [ -n "$reference" ]; then
	build "$out/reference" PAHOLE="$reference"
	boot "$out/reference"
fi
build "$out/ours" "${ours[@]}"
boot "$out/ours"

failed=0
check() { # WHAT, command
	local what=$1
	shift
	if "$@"; then echo "ok: $what"; else echo "FAILED: $what"; failed=1; fi
}
count=$(ls "$out/ours/root/modules" | wc -l)
check "all $count modules load" test "$(grep -ac '^PROOF loaded' "$out/ours/console")" = "$count"
check 'each has its BTF in /sys/kernel/btf' test "$(grep -ac '^PROOF btf' "$out/ours/console")" = "$((count + 1))"
check 'a kfunc of the module out of tree is called' grep -aq '^PROOF call-kfunc: bpf_kfproof_add returned 1034' "$out/ours/console"
if [ -n "$reference" ]; then
	check 'the log says nothing of BTF that it does not with pahole' \
		test -z "$(comm -13 <(about_btf "$out/reference") <(about_btf "$out/ours"))"
else
	check 'the log says nothing of BTF' test -z "$(about_btf "$out/ours")"
fi
exit $failed
