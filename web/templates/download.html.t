{% template download (const struct sv_download_view *v) %}
{% layout frame (&v->shell) %}
{% block title %}{% t "download.title" what=v->title %} · {% t "app.name" %}{% end %}
{% block head %}<meta name="robots" content="noindex">{% end %}
{% block main %}
<div class="narrow">
<p class="over"><a href="{{ v | downloaded_url }}"><bdi>{{ v->title }}</bdi></a></p>
<h1>{% t "play.download" %}</h1>
<dl class="list">
<div><dt>{% t "download.file" %}</dt><dd><bdi>{{ v->file_name }}</bdi></dd></div>
<div><dt>{% t "files.size" %}</dt><dd>{{ v->file.size | size }}</dd></div>
{% if v->file.height > 0 %}<div><dt>{% t "files.quality" %}</dt><dd>{% include quality_line(&v->file) %}</dd></div>{% end %}
{% if v->file.audio_count > 0 %}<div><dt>{% t "files.audio" %}</dt><dd>{% for track in v->file.audio %}{% include track(track) %}{% end %}</dd></div>{% end %}
{% if v->file.subtitles_count > 0 %}<div><dt>{% t "files.subtitles" %}</dt><dd>{% for track in v->file.subtitles %}{% include track(track) %}{% end %}</dd></div>{% end %}
{% if v->crc32 %}<div><dt>CRC-32</dt><dd><code>{{ v->crc32 }}</code></dd></div>{% end %}
<div><dt>{% t "download.speed" %}</dt><dd>{% if v->rate > 0 %}{% t "download.limited" rate=v->rate|rate time=v|download_time %}{% else %}{% t "download.free" %}{% end %}</dd></div>
</dl>
{% if v->viewer_unknown %}
<p class="hint">{% t "download.unknown" %}</p>
{% else %}
<form method="post" action="{{ v->download_id | download_start_url }}"><button class="main key" type="submit">{% include icon_download() %}{% t "download.start" %}</button></form>
<p class="hint">{% t "download.resume" %}</p>
{% end %}
</div>
{% end %}

{% template quality_line (const struct sv_file_view *file) %}
{{ file | quality }} <small>{{ file->width }}×{{ file->height }}{% if file->video_codec %} · {{ file->video_codec }}{% end %}{% if file->container %} · {{ file->container }}{% end %}</small>
