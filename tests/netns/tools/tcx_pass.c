// SPDX-License-Identifier: Apache-2.0
// tcx_pass DEVICE first|last PIN: attaches a program of a stranger, which lets every packet pass, at the
// ingress of DEVICE, and pins its link at PIN. Removing PIN detaches it. TC_ACT_OK ends the chain: no
// program behind it sees the packet, clsact filters included.
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Newer than the UAPI headers of Debian 12.
enum { TCX_INGRESS = 46, ATTACH_BEFORE = 1 << 3, ATTACH_AFTER = 1 << 4 };

static int failed(const char* what) {
  fprintf(stderr, "tcx_pass: %s: %s\n", what, strerror(errno));
  return 1;
}

int main(int argc, char** argv) {
  const struct bpf_insn pass[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 /* TC_ACT_OK */},
      {.code = BPF_JMP | BPF_EXIT},
  };
  union bpf_attr attr;
  int program, link;

  if (argc != 4 || (strcmp(argv[2], "first") && strcmp(argv[2], "last"))) {
    fprintf(stderr, "usage: tcx_pass DEVICE first|last PIN\n");
    return 2;
  }
  program = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "stranger", "GPL", pass, 2, NULL);
  if (program < 0) return failed("loading");
  memset(&attr, 0, sizeof(attr));
  attr.link_create.prog_fd = program;
  attr.link_create.target_ifindex = if_nametoindex(argv[1]);
  attr.link_create.attach_type = TCX_INGRESS;
  attr.link_create.flags = strcmp(argv[2], "first") ? ATTACH_AFTER : ATTACH_BEFORE;
  link = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
  if (link < 0) return failed("attaching");
  if (bpf_obj_pin(link, argv[3])) return failed("pinning");
  return 0;
}
