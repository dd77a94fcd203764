/* SPDX-License-Identifier: Apache-2.0
 * The sandbox of the media child.  Each wall stands alone: Landlock denies files and the network even where the seccomp list
 * would let something by, and the list denies them where the kernel has no Landlock.
 *
 * Landlock's constants are our own: the headers of the machine that builds may be older than the kernel that runs. */
#include "media_lockdown.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "errors.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif
#define LANDLOCK_VERSION_FLAG 1u

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* struct landlock_ruleset_attr as of ABI 6; older kernels take its beginning */
struct ruleset {
	uint64_t handled_fs, handled_net, scoped;
};

static uint64_t
low_bits(unsigned count)
{
	return ((uint64_t)1 << count) - 1;
}

/* All rights that the running kernel can deny: file rights grew with ABI 2 (refer), 3 (truncate) and 5 (device ioctl), TCP bind and connect
 * came with 4, abstract sockets and signals with 6.  Returns the ABI, 0 when there is no Landlock, or SV_EACCES. */
static int
enter_landlock(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION_FLAG);

	if (abi < 1)
		return 0;
	struct ruleset rules = {
		.handled_fs = low_bits(abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13),
		.handled_net = abi >= 4 ? low_bits(2) : 0,
		.scoped = abi >= 6 ? low_bits(2) : 0,
	};
	size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
	long fd = syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	if (fd < 0)
		return SV_EACCES;
	long rc = syscall(SYS_landlock_restrict_self, (int)fd, 0);
	(void)close((int)fd);
	return rc == 0 ? (int)abi : SV_EACCES;
}

static int
limit(int resource, uint64_t soft, uint64_t hard)
{
	const struct rlimit value = {soft, hard};

	return setrlimit((__rlimit_resource_t)resource, &value) == 0 ? 0 : SV_EACCES;
}

static int
set_limits(const struct sv_media_lockdown_limits *limits)
{
	int rc = 0;

	/* a second of grace between SIGXCPU and SIGKILL */
	rc |= limit(RLIMIT_CPU, limits->cpu_s, limits->cpu_s + 1);
	rc |= limit(RLIMIT_FSIZE, 0, 0);
	rc |= limit(RLIMIT_NPROC, 0, 0);
	rc |= limit(RLIMIT_CORE, 0, 0);
	rc |= limit(RLIMIT_MEMLOCK, 0, 0);
	/* no new descriptor at all; the ones that are open stay */
	rc |= limit(RLIMIT_NOFILE, 0, 0);
	if (!SANITIZED)
		rc |= limit(RLIMIT_AS, limits->memory_bytes, limits->memory_bytes);
	return rc == 0 ? 0 : SV_EACCES;
}

static int
allow(scmp_filter_ctx filter, int call)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
}

/* Memory may come, but never with PROT_EXEC and never from a file. */
static int
allow_memory(scmp_filter_ctx filter)
{
	int rc = 0;

	rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
	    SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
	rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc;
}

static int
enter_seccomp(void)
{
	/* the clocks come from the vDSO, except on machines whose clock it cannot read */
	static const int calls[] = {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	    SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn),
	    SCMP_SYS(sched_getaffinity), SCMP_SYS(getrandom)};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc = 0;

	if (filter == NULL)
		return SV_ENOMEM;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		rc |= allow(filter, calls[i]);
	rc |= allow_memory(filter);
	/* libraries look for files they can do without: say no instead of killing */
	rc |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
	rc |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(newfstatat), 0);
	/* newer C libraries ask this one where older ones ask newfstatat; and qsort asks how much memory there is */
	rc |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(fstat), 0);
	rc |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(sysinfo), 0);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc == 0 ? 0 : SV_EACCES;
}

static int
close_others(void)
{
	if (syscall(SYS_close_range, 0, 1, 0) != 0 || syscall(SYS_close_range, SV_MEDIA_RPC_FD + 1, ~0u, 0) != 0)
		return SV_EACCES;
	/* a stream socket that was made non-blocking would end reads early */
	int flags = fcntl(SV_MEDIA_RPC_FD, F_GETFL);
	return flags >= 0 && fcntl(SV_MEDIA_RPC_FD, F_SETFL, flags & ~O_NONBLOCK) == 0 ? 0 : SV_EACCES;
}

int
sv_media_lockdown(const struct sv_media_lockdown_limits *limits, struct sv_media_hello *ret_hello)
{
	struct sv_media_hello hello = {.guards = SV_MEDIA_GUARD_LIMITS | (SANITIZED ? 0 : SV_MEDIA_GUARD_MEMORY | SV_MEDIA_GUARD_SECCOMP)};
	int rc = close_others();

	if (rc != 0)
		return rc;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return SV_EACCES;
	int abi = enter_landlock();
	if (abi < 0)
		return abi;
	if (abi > 0) {
		hello.guards |= SV_MEDIA_GUARD_LANDLOCK;
		hello.landlock_abi = (uint32_t)abi;
	}
	rc = set_limits(limits);
	if (rc == 0 && !SANITIZED)
		rc = enter_seccomp();
	if (rc != 0)
		return rc;
	*ret_hello = hello;
	return 0;
}
