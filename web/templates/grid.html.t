{# /movies, /series, /new: which one is shell.section. #}
{% template grid (const struct sv_grid_view *v) %}
{% layout frame (&v->shell) %}
{% block title %}
{% if v->shell.section == SV_SECTION_MOVIES %}{% t "section.movies" %}{% elif v->shell.section == SV_SECTION_SERIES %}{% t "section.series" %}{% else %}{% t "section.new" %}{% end %}
{% if v->page > 1 %}, {% t "pager.page" page=v->page pages=v->pages %}{% end %} · {% t "app.name" %}
{% end %}
{% block head %}
{% if v->page > 1 %}<link rel="prev" href="{{ v | previous_grid_url }}">{% end %}
{% if v->page < v->pages %}<link rel="next" href="{{ v | next_grid_url }}">{% end %}
{% end %}
{% block main %}
<div class="top">
<h1>{% if v->shell.section == SV_SECTION_MOVIES %}{% t "section.movies" %}{% elif v->shell.section == SV_SECTION_SERIES %}{% t "section.series" %}{% else %}{% t "section.new" %}{% end %}</h1>
{% if v->total > 0 %}<p class="count">{% t "grid.count" n=v->total %}</p>{% end %}
</div>
{% include import_panel(&v->import) %}
{% if v->cards_count == 0 %}
{% include empty_panel(&v->import) %}
{% else %}
<ul class="grid">{% for card in v->cards %}{% include card(card, card_index) %}{% end %}</ul>
{% end %}
{% if v->pages > 1 %}
<nav class="pager" aria-label="{% t "pager.label" %}">
{% if v->page > 1 %}<a class="key" rel="prev" href="{{ v | previous_grid_url }}">{% include icon_back() %}{% t "pager.previous" %}</a>{% end %}
<span>{% t "pager.page" page=v->page pages=v->pages %}</span>
{% if v->page < v->pages %}<a class="key" rel="next" href="{{ v | next_grid_url }}">{% t "pager.next" %}{% include icon_next() %}</a>{% end %}
</nav>
{% end %}
{% end %}
