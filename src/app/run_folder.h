/* SPDX-License-Identifier: Apache-2.0
 * The state folder and the run folder with the sockets: made, locked, recorded, removed. */
#ifndef SV_RUN_FOLDER_H
#define SV_RUN_FOLDER_H

#include <sys/types.h>

#include "settings.h"

struct sv_run_folder {
	int lock_fd;           /* STATE/lock, held while a site runs; -1 otherwise */
	uid_t uid;             /* owner of everything below; ours when not root */
	gid_t gid;
	int made;              /* 1 when the run folder is ours to remove */
};

/* Make SV_STATE absolute and existing (0700, owned by uid/gid) with its sub-folders, take the lock, remove what a killed
 * predecessor left, make the run folder and record it.  Fills settings->state and settings->run_folder.
 * 0 or SV_E*, `why` then holds one line that says what to do. */
int sv_run_folder_open(struct sv_run_folder *folder, struct sv_settings *settings, uid_t uid, gid_t gid, char *why, size_t why_size);
/* Remove the run folder and its record, give the lock back. */
void sv_run_folder_close(struct sv_run_folder *folder, struct sv_settings *settings);

/* For commands: make state absolute; fill run_folder and public_url from the record of a running site, if there is one. */
void sv_run_folder_find(struct sv_settings *settings);
/* Write the second line of the record: the address that answers. */
int sv_run_folder_record_url(const struct sv_settings *settings, const char *url);

/* The link secret: SV_LINK_SECRET when set, else the file in the state folder, made when missing.  Fills settings->link_secret and
 * link_secret_old and keeps the file (0600) in step, because nginx and commands read it. */
int sv_run_folder_secret(struct sv_settings *settings, uid_t uid, gid_t gid, char *why, size_t why_size);

#endif
