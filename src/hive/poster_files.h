/* SPDX-License-Identifier: Apache-2.0
 * Pictures on disk: SV_PATH_POSTERS/{image}-{width}.{extension}.  Each appears whole or not at all.  Blocking; any thread. */
#ifndef SV_POSTER_FILES_H
#define SV_POSTER_FILES_H

#include <stddef.h>

#include "catalog_records.h"
#include "media_job.h"
#include "settings.h"

/* Write the pictures of that kind and describe them in *ret_image (id new; extension static; id "" when there are none of that kind).  On failure
 * none is left.  0, SV_ENOSPC, SV_EACCES, SV_EIO. */
int sv_poster_files_write(const struct sv_settings *settings, const struct sv_media_job_image *pictures, size_t count, enum sv_image_kind kind,
    struct sv_image *ret_image);
/* Remove every picture of that id; "" does nothing. */
void sv_poster_files_remove(const struct sv_settings *settings, const char *id);

#endif
