{% template search (const struct sv_search_view *v) %}
{% layout frame (&v->shell) %}
{% block title %}{% if v->shell.query %}{{ v->shell.query }} · {% end %}{% t "search.title" %} · {% t "app.name" %}{% end %}
{% block head %}<meta name="robots" content="noindex">{% end %}
{% block main %}
<div class="top">
<h1>{% if v->shell.query %}{% t "search.heading" query=v->shell.query %}{% else %}{% t "search.title" %}{% end %}</h1>
{% if v->total > 0 %}<p class="count">{% t "search.count" n=v->total %}</p>{% end %}
</div>
{% if v->cards_count > 0 %}
<ul class="grid">{% for card in v->cards %}{% include card(card, card_index) %}{% end %}</ul>
{% if v->total > v->cards_count %}<p class="hint">{% t "search.cut" %}</p>{% end %}
{% else %}
<section class="empty">
{% include icon_reel() %}
<h2>{% if v->shell.query %}{% t "search.none" %}{% else %}{% t "search.ask" %}{% end %}</h2>
<p>{% t "search.how" %}</p>
<p class="actions"><a class="key" href="/movies">{% t "section.movies" %}</a><a class="key" href="/series">{% t "section.series" %}</a></p>
</section>
{% end %}
{% end %}
