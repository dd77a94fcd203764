{% template film (const struct sv_film_view *v) %}
{% layout frame (&v->shell) %}
{% block title %}{{ v->title }}{% if v->year > 0 %} ({{ v->year }}){% end %} · {% t "app.name" %}{% end %}
{% block head %}<link rel="canonical" href="{{ v | film_url }}">{% end %}
{% block main %}
<article class="details">
{% include backdrop(v->poster) %}
{% include poster(v->poster) %}
<div class="about">
<h1><bdi>{{ v->title }}</bdi></h1>
{% if v->original_title %}<p class="original"><bdi>{{ v->original_title }}</bdi></p>{% end %}
<ul class="facts">
{% if v->year > 0 %}<li>{{ v->year }}</li>{% end %}
{% if v->duration > 0 %}<li>{{ v->duration | span }}</li>{% end %}
{% if v->files_count > 0 && v->files->height > 0 %}<li>{{ v->files | quality }}</li>{% end %}
{% if v->files_count > 0 && v->files->subtitles_count > 0 %}<li>{% t "facts.subtitles" %}</li>{% end %}
</ul>
{% if v->files_count > 0 %}
{% include actions(v->files, v->resume) %}
{% else %}
<p class="hint">{% t "film.no_file" %}</p>
{% end %}
{% if v->synopsis %}<div class="text">{{ v->synopsis | paragraphs }}</div>{% end %}
</div>
</article>
{% if v->files_count > 0 %}{% include file_table(v->files, v->files_count) %}{% end %}
{% end %}
