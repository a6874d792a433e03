// SPDX-License-Identifier: GPL-2.0
// A module out of tree with a kfunc, built with the stand-ins and called by call-kfunc.c.
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>

__bpf_kfunc_start_defs();
__bpf_kfunc u32 bpf_kfproof_add(u32 a, u32 b)
{
	return a + b + 1000;
}

__bpf_kfunc u32 bpf_kfproof_pid(struct task_struct *task)
{
	return task->pid;
}
__bpf_kfunc_end_defs();

BTF_KFUNCS_START(kfproof_ids)
BTF_ID_FLAGS(func, bpf_kfproof_pid, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, bpf_kfproof_add)
BTF_KFUNCS_END(kfproof_ids)

static const struct btf_kfunc_id_set kfproof_set = {
	.owner = THIS_MODULE,
	.set = &kfproof_ids,
};

static int __init kfproof_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL, &kfproof_set);
}

static void __exit kfproof_exit(void) {}

module_init(kfproof_init);
module_exit(kfproof_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a kfunc to call");
