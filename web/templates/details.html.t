{# What film, episode and series pages share. #}
{% template poster (struct sv_image_view image) %}
{% if image.id %}
<img class="art poster c{{ image | colour }}" src="{{ image | image(320) }}" srcset="{{ image | image(240) }} 240w, {{ image | image(320) }} 320w, {{ image | image(480) }} 480w" sizes="(min-width:40em) 280px, 40vw" width="280" height="420" alt="" fetchpriority="high">
{% else %}
<span class="art poster c{{ image | colour }}"></span>
{% end %}

{# The picture again, large and dim, behind the top of the page. #}
{% template backdrop (struct sv_image_view image) %}
<div class="backdrop c{{ image | colour }}" aria-hidden="true">{% if image.id %}<img src="{{ image | image(160) }}" width="160" height="240" alt="">{% end %}</div>

{% template still (struct sv_image_view image, unsigned watched_percent) %}
<span class="shot">
{% if image.id %}
<img class="art c{{ image | colour }}" src="{{ image | image(320) }}" width="320" height="180" alt="" loading="lazy">
{% else %}
<span class="art c{{ image | colour }}"></span>
{% end %}
{% if watched_percent > 0 %}<progress class="line" max="100" value="{{ watched_percent | percent }}" aria-label="{% t "card.watched" percent=watched_percent|percent %}"></progress>{% end %}
</span>

{# The same at the top of an episode's page. #}
{% template still_large (struct sv_image_view image) %}
<span class="shot">
{% if image.id %}
<img class="art c{{ image | colour }}" src="{{ image | image(640) }}" srcset="{{ image | image(320) }} 320w, {{ image | image(640) }} 640w" sizes="(min-width:40em) 480px, 92vw" width="640" height="360" alt="" fetchpriority="high">
{% else %}
<span class="art c{{ image | colour }}"></span>
{% end %}
</span>

{# Quality, codecs, tracks and size of each file. #}
{% template file_table (const struct sv_file_view *files, size_t files_count) %}
<section class="band" aria-labelledby="files">
<h2 id="files">{% t "files.title" n=files_count %}</h2>
<div class="scroll" role="region" tabindex="0" aria-labelledby="files">
<table>
<thead><tr><th scope="col">{% t "files.quality" %}</th><th scope="col">{% t "files.video" %}</th><th scope="col">{% t "files.audio" %}</th><th scope="col">{% t "files.subtitles" %}</th><th scope="col" class="number">{% t "files.size" %}</th><th scope="col"><span class="unseen">{% t "files.actions" %}</span></th></tr></thead>
<tbody>
{% for file in files %}
<tr>
<th scope="row">{% if file->height > 0 %}{{ file | quality }} <small>{{ file->width }}×{{ file->height }}</small>{% else %}–{% end %}</th>
<td>{% if file->video_codec %}{{ file->video_codec }}{% else %}–{% end %}{% if file->container %} <small>{{ file->container }}</small>{% end %}</td>
<td data-of="{% t "files.audio" %}">{% if file->audio_count == 0 %}–{% end %}{% for track in file->audio %}{% include track(track) %}{% end %}</td>
<td data-of="{% t "files.subtitles" %}">{% if file->subtitles_count == 0 %}–{% end %}{% for track in file->subtitles %}{% include track(track) %}{% end %}</td>
<td class="number">{% if file->size > 0 %}{{ file->size | size }}{% else %}–{% end %}</td>
<td class="acts">{% if file->watch_id %}<a href="{{ file->watch_id | watch_url }}" aria-label="{% t "files.play" quality=file|quality %}">{% include icon_play() %}</a>{% end %}{% if file->download_id %}<a href="{{ file->download_id | download_url }}" aria-label="{% t "files.download" quality=file|quality %}">{% include icon_download() %}</a>{% end %}</td>
</tr>
{% end %}
</tbody>
</table>
</div>
</section>

{% template track (const struct sv_track_view *track) %}
<span class="track"><bdi>{% if track->language %}{{ track->language }}{% elif track->label %}{{ track->label }}{% else %}{% t "files.unnamed" %}{% end %}</bdi>{% if track->codec %} <small>{{ track->codec }}{% if track->channels > 0 %} {{ track->channels | channels }}{% end %}</small>{% end %}</span>

{# Play, Resume, Download: one accent, on the thing to press next. #}
{% template actions (const struct sv_file_view *file, unsigned resume) %}
<p class="actions">
{% if file->watch_id %}
<a class="main key" href="{{ file->watch_id | watch_url }}">{% include icon_play() %}{% if resume > 0 %}{% t "play.resume" time=resume|clock %}{% else %}{% t "play.play" %}{% end %}</a>
{% end %}
{% if file->download_id %}
<a class="key" href="{{ file->download_id | download_url }}">{% include icon_download() %}{% t "play.download" %}</a>
{% end %}
</p>
{% if !file->browser_plays %}<p class="hint">{% t "play.other_player" %}</p>{% end %}
