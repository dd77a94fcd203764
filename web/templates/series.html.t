{# Series and season: the season shown is v->season. #}
{% template series (const struct sv_series_view *v) %}
{% layout frame (&v->shell) %}
{% block title %}{{ v->title }}{% if v->seasons_count > 1 %}, {% if v->season == 0 %}{% t "series.specials" %}{% else %}{% t "series.season" number=v->season %}{% end %}{% end %} · {% t "app.name" %}{% end %}
{% block head %}{% end %}
{% block main %}
<article class="details">
{% include backdrop(v->poster) %}
{% include poster(v->poster) %}
<div class="about">
<h1><bdi>{{ v->title }}</bdi></h1>
{% if v->original_title %}<p class="original"><bdi>{{ v->original_title }}</bdi></p>{% end %}
<ul class="facts">
{% if v->year > 0 %}<li>{{ v->year }}{% if v->last_year > v->year %}–{{ v->last_year }}{% end %}</li>{% end %}
{% if v->seasons_count > 1 %}<li>{% t "card.seasons" n=v->seasons_count %}</li>{% end %}
<li>{% t "card.episodes" n=v->episodes_count %}</li>
</ul>
{% if v->next_up && v->next_up->watch_id %}
<p class="actions"><a class="main key" href="{{ v->next_up->watch_id | watch_url }}">{% include icon_play() %}{% t "series.play" season=v->next_up->season episode=v->next_up->number %}</a></p>
{% end %}
{% if v->synopsis %}<div class="text">{{ v->synopsis | paragraphs }}</div>{% end %}
</div>
</article>
<section class="band" aria-labelledby="episodes">
<h2 id="episodes">{% if v->season == 0 %}{% t "series.specials" %}{% else %}{% t "series.season" number=v->season %}{% end %}</h2>
{% if v->seasons_count > 1 %}
<nav class="tabs" aria-label="{% t "series.seasons" %}">
{% for season in v->seasons %}
<a href="{{ v | season_url(season->number) }}"{% if season->number == v->season %} aria-current="page"{% end %}>{% if season->number == 0 %}{% t "series.specials" %}{% else %}{% t "series.season" number=season->number %}{% end %}</a>
{% end %}
</nav>
{% end %}
<ol class="rows">
{% for row in v->episodes %}
<li class="row">
<a class="go" href="{{ row->id | episode_url }}">
{% include still(row->still, row->watched_percent) %}
<span class="nr">{{ row->number }}</span>
<span class="name">{% if row->title %}<bdi>{{ row->title }}</bdi>{% else %}{% t "episode.unnamed" number=row->number %}{% end %}{% if row->duration > 0 %}<small>{{ row->duration | span }}</small>{% end %}</span>
</a>
<span class="acts">{% if row->watch_id %}<a href="{{ row->watch_id | watch_url }}" aria-label="{% t "episode.play" number=row->number %}">{% include icon_play() %}</a>{% end %}{% if row->download_id %}<a href="{{ row->download_id | download_url }}" aria-label="{% t "episode.download" number=row->number %}">{% include icon_download() %}</a>{% end %}</span>
</li>
{% end %}
</ol>
{% if v->episodes_count == 0 %}<p class="hint">{% t "series.no_episode" %}</p>{% end %}
</section>
{% end %}
