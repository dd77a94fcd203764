/* SPDX-License-Identifier: Apache-2.0
 * From libavformat's picture of a film to ours.  Numbers that make no sense become 0, never wrap. */
#include "media_probe.h"

#include <stdio.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>

#include "alloc.h"
#include "errors.h"
#include "media_codec_string.h"

static uint32_t
positive(int value)
{
	return value > 0 ? (uint32_t)value : 0;
}

static uint64_t
positive64(int64_t value)
{
	return value > 0 ? (uint64_t)value : 0;
}

static uint64_t
to_ms(int64_t value, AVRational base)
{
	if (value == AV_NOPTS_VALUE || value <= 0 || base.num <= 0 || base.den <= 0)
		return 0;
	return positive64(av_rescale_q(value, base, (AVRational){1, 1000}));
}

static void
copy_tag(const AVDictionary *tags, const char *name, char *out, size_t cap)
{
	const AVDictionaryEntry *entry = av_dict_get(tags, name, NULL, 0);

	sv_media_rpc_clean_text(entry == NULL ? NULL : entry->value, out, cap);
}

static enum sv_media_track_kind
kind_of(const AVStream *stream)
{
	if ((stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0)
		return SV_MEDIA_ATTACHMENT;
	switch (stream->codecpar->codec_type) {
	case AVMEDIA_TYPE_VIDEO:
		return SV_MEDIA_VIDEO;
	case AVMEDIA_TYPE_AUDIO:
		return SV_MEDIA_AUDIO;
	case AVMEDIA_TYPE_SUBTITLE:
		return SV_MEDIA_SUBTITLE;
	case AVMEDIA_TYPE_ATTACHMENT:
		return SV_MEDIA_ATTACHMENT;
	default:
		return SV_MEDIA_OTHER;
	}
}

static void
fill_video(AVFormatContext *format, AVStream *stream, struct sv_media_track *track)
{
	const AVCodecParameters *par = stream->codecpar;
	const AVPixFmtDescriptor *pixels = av_pix_fmt_desc_get((enum AVPixelFormat)par->format);
	AVRational rate = av_guess_frame_rate(format, stream, NULL);

	track->width = positive(par->width);
	track->height = positive(par->height);
	if (pixels != NULL) {
		sv_media_rpc_clean_text(pixels->name, track->pixel_format, sizeof(track->pixel_format));
		track->bit_depth = positive(pixels->comp[0].depth);
	}
	if (rate.num > 0 && rate.den > 0) {
		track->frame_rate_num = (uint32_t)rate.num;
		track->frame_rate_den = (uint32_t)rate.den;
	}
}

static void
fill_codec_string(const AVCodecParameters *par, struct sv_media_track *track)
{
	uint64_t rate = track->frame_rate_den == 0 ? 0 : ((uint64_t)track->frame_rate_num + track->frame_rate_den - 1) / track->frame_rate_den;
	const struct sv_media_codec codec = {
		.name = track->codec,
		.config = par->extradata,
		.config_length = par->extradata == NULL ? 0 : positive(par->extradata_size),
		.profile = par->profile,
		.level = par->level,
		.width = track->width,
		.height = track->height,
		.bit_depth = track->bit_depth,
		.frame_rate = rate > 1000 ? 1000 : (uint32_t)rate,
	};

	sv_media_codec_string(&codec, track->codec_string);
}

static void
fill_track(AVFormatContext *format, AVStream *stream, struct sv_media_track *track)
{
	const AVCodecParameters *par = stream->codecpar;

	track->index = positive(stream->index);
	track->kind = kind_of(stream);
	track->is_default = (stream->disposition & AV_DISPOSITION_DEFAULT) != 0;
	track->is_forced = (stream->disposition & AV_DISPOSITION_FORCED) != 0;
	track->bit_rate = positive64(par->bit_rate);
	if (par->codec_id != AV_CODEC_ID_NONE)
		sv_media_rpc_clean_text(avcodec_get_name(par->codec_id), track->codec, sizeof(track->codec));
	copy_tag(stream->metadata, "language", track->language, sizeof(track->language));
	if (strcmp(track->language, "und") == 0)
		track->language[0] = '\0';
	copy_tag(stream->metadata, "title", track->title, sizeof(track->title));
	if (track->title[0] == '\0' && track->kind == SV_MEDIA_ATTACHMENT)
		copy_tag(stream->metadata, "filename", track->title, sizeof(track->title));
	if (par->codec_type == AVMEDIA_TYPE_VIDEO)
		fill_video(format, stream, track);
	if (par->codec_type == AVMEDIA_TYPE_AUDIO) {
		track->channels = positive(par->ch_layout.nb_channels);
		track->sample_rate_hz = positive(par->sample_rate);
	}
	fill_codec_string(par, track);
}

static void
fill_chapters(const AVFormatContext *format, struct sv_media_info *info)
{
	unsigned count = format->nb_chapters < SV_MEDIA_MAX_CHAPTERS ? format->nb_chapters : SV_MEDIA_MAX_CHAPTERS;

	info->chapters = sv_xcalloc(count == 0 ? 1 : count, sizeof(*info->chapters));
	info->chapter_count = count;
	info->truncated = info->truncated || count < format->nb_chapters;
	for (unsigned i = 0; i < count; i++) {
		const AVChapter *from = format->chapters[i];
		struct sv_media_chapter *to = &info->chapters[i];
		to->start_ms = to_ms(from->start, from->time_base);
		to->end_ms = to_ms(from->end, from->time_base);
		if (to->end_ms < to->start_ms)
			to->end_ms = to->start_ms;
		copy_tag(from->metadata, "title", to->title, sizeof(to->title));
	}
}

/* Matroska says in its head which of the two names it goes by; the demuxer knows both and does not tell. */
static bool
says_webm(struct sv_media_input *input, AVFormatContext *format)
{
	uint8_t head[64];
	int64_t back = avio_tell(format->pb);

	if (strncmp(format->iformat->name, "matroska", 8) != 0 || avio_seek(format->pb, 0, SEEK_SET) < 0)
		return false;
	int n = avio_read(format->pb, head, sizeof(head));
	(void)avio_seek(format->pb, back, SEEK_SET);
	return n > 0 && memmem(head, (size_t)n, "\x42\x82\x84webm", 7) != NULL;
}

int
sv_media_probe(struct sv_media_input *input, struct sv_media_info *info)
{
	AVFormatContext *format = NULL;
	int rc = sv_media_input_open(input, &format);

	if (rc < 0)
		return sv_media_input_error(input, rc);
	unsigned count = format->nb_streams < SV_MEDIA_MAX_TRACKS ? format->nb_streams : SV_MEDIA_MAX_TRACKS;
	sv_media_rpc_clean_text(format->iformat->name, info->container, sizeof(info->container));
	copy_tag(format->metadata, "title", info->title, sizeof(info->title));
	info->duration_ms = to_ms(format->duration, AV_TIME_BASE_Q);
	info->bit_rate = positive64(format->bit_rate);
	info->truncated = count < format->nb_streams || input->error != 0;
	info->is_webm = says_webm(input, format);
	info->tracks = sv_xcalloc(count == 0 ? 1 : count, sizeof(*info->tracks));
	info->track_count = count;
	for (unsigned i = 0; i < count; i++)
		fill_track(format, format->streams[i], &info->tracks[i]);
	fill_chapters(format, info);
	sv_media_input_close(&format);
	return count == 0 ? SV_EUNSUPPORTED : 0;
}
