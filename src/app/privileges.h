/* SPDX-License-Identifier: Apache-2.0
 * Who the processes run as. */
#ifndef SV_PRIVILEGES_H
#define SV_PRIVILEGES_H

#include <stddef.h>
#include <sys/types.h>

/* Look an account up.  0, SV_ENOENT, or SV_EIO. */
int sv_privileges_user(const char *name, uid_t *ret_uid, gid_t *ret_gid);
/* Become that account for good (groups, gid, uid; verified).  0 or SV_EACCES. */
int sv_privileges_drop(uid_t uid, gid_t gid);
/* Can `uid` reach `path` (execute every folder above it) and open it with `mode` (R_OK, W_OK, X_OK of access(2))?  Tried in a child that
 * became that account.  0, or SV_EACCES with the first folder that refuses in `blocker`. */
int sv_privileges_reach(uid_t uid, gid_t gid, const char *path, int mode, char *blocker, size_t blocker_size);
/* Run `fn` in a child that became that account, so that what it makes belongs to it; `why` is filled by it.  Gives what it returned (0 or SV_E*);
 * SV_ECRASH when the child died. */
int sv_privileges_run(uid_t uid, gid_t gid, int (*fn)(void *context, char *why, size_t why_size), void *context, char *why, size_t why_size);
/* Root alone: work as that account until sv_privileges_return (effective ids and groups of the whole process), so that a symbolic link which the
 * account put in a folder of its own leads nowhere that it could not go by itself.  Both do nothing when we are not root, or uid is 0.  0 or SV_EACCES. */
int sv_privileges_borrow(uid_t uid, gid_t gid);
void sv_privileges_return(void);
/* Raise the soft descriptor limit to the hard one. */
void sv_privileges_raise_files(void);

#endif
