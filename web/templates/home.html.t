{% template home (const struct sv_home_view *v) %}
{% layout frame (&v->shell) %}
{% block title %}{% t "home.title" %}{% end %}
{% block head %}{% end %}
{% block main %}
<h1 class="unseen">{% t "home.heading" %}</h1>
{% include import_panel(&v->import) %}
{% if v->films_count == 0 && v->series_count == 0 && v->fresh_count == 0 %}
{% include empty_panel(&v->import) %}
{% end %}
{% if v->fresh_count > 0 %}
<section class="band" aria-labelledby="fresh">
<div class="head"><h2 id="fresh">{% t "section.new" %}</h2>{% if v->fresh_more %}<a href="/new">{% t "home.all" %}<span class="unseen"> {% t "section.new" %}</span></a>{% end %}</div>
<ul class="rail">{% for card in v->fresh %}{% include card(card, card_index) %}{% end %}</ul>
</section>
{% end %}
{% if v->films_count > 0 %}
<section class="band" aria-labelledby="films">
<div class="head"><h2 id="films">{% t "section.movies" %}</h2>{% if v->films_more %}<a href="/movies">{% t "home.all" %}<span class="unseen"> {% t "section.movies" %}</span></a>{% end %}</div>
<ul class="grid">{% for card in v->films %}{% include card(card, card_index + v->fresh_count) %}{% end %}</ul>
</section>
{% end %}
{% if v->series_count > 0 %}
<section class="band" aria-labelledby="series">
<div class="head"><h2 id="series">{% t "section.series" %}</h2>{% if v->series_more %}<a href="/series">{% t "home.all" %}<span class="unseen"> {% t "section.series" %}</span></a>{% end %}</div>
<ul class="grid">{% for card in v->series %}{% include card(card, card_index + v->fresh_count + v->films_count) %}{% end %}</ul>
</section>
{% end %}
{% end %}
