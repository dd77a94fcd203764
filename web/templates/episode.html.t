{% template episode (const struct sv_episode_view *v) %}
{% layout frame (&v->shell) %}
{% block title %}{{ v->series_title }} · {% t "episode.short" season=v->season episode=v->number %}{% if v->title %} · {{ v->title }}{% end %} · {% t "app.name" %}{% end %}
{% block head %}{% end %}
{% block main %}
<article class="details wide">
{% include backdrop(v->still) %}
{% include still_large(v->still) %}
<div class="about">
<p class="over"><a href="{{ v | episode_series_url }}"><bdi>{{ v->series_title }}</bdi></a></p>
<h1>{% if v->title %}<bdi>{{ v->title }}</bdi>{% else %}{% t "episode.unnamed" number=v->number %}{% end %}</h1>
<ul class="facts">
<li>{% t "episode.long" season=v->season episode=v->number %}</li>
{% if v->duration > 0 %}<li>{{ v->duration | span }}</li>{% end %}
{% if v->files_count > 0 && v->files->height > 0 %}<li>{{ v->files | quality }}</li>{% end %}
</ul>
{% if v->files_count > 0 %}
{% include actions(v->files, v->resume) %}
{% else %}
<p class="hint">{% t "film.no_file" %}</p>
{% end %}
{% if v->synopsis %}<div class="text">{{ v->synopsis | paragraphs }}</div>{% end %}
</div>
</article>
{% if v->previous || v->next %}
<nav class="pager" aria-label="{% t "episode.around" %}">
{% if v->previous %}<a class="key" rel="prev" href="{{ v->previous->id | episode_url }}">{% include icon_back() %}{% t "episode.short" season=v->previous->season episode=v->previous->number %}</a>{% end %}
{% if v->next %}<a class="key" rel="next" href="{{ v->next->id | episode_url }}">{% t "episode.short" season=v->next->season episode=v->next->number %}{% include icon_next() %}</a>{% end %}
</nav>
{% end %}
{% if v->files_count > 0 %}{% include file_table(v->files, v->files_count) %}{% end %}
{% end %}
