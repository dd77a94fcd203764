/* SPDX-License-Identifier: Apache-2.0
 * Names for people of codecs, containers and languages.  Pure; static strings. */
#ifndef SV_MEDIA_NAMES_H
#define SV_MEDIA_NAMES_H

/* "h264" gives "H.264"; an unknown one is returned as it is, "" gives NULL. */
const char *sv_media_names_codec(const char *codec);
/* "mov,mp4,m4a,3gp,3g2,mj2" gives "MP4". */
const char *sv_media_names_container(const char *container, const char *mime);
/* ISO 639 codes of two or three letters, and those with a region ("pt-BR"): "eng" gives "English".  Unknown as it is; "" and "und" give NULL. */
const char *sv_media_names_language(const char *code);

#endif
