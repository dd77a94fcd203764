{# Poster cards and what stands where posters will be.  `rank` counts the cards of a page: the first four are fetched
   first, those beyond twelve only when they come near. #}
{% template card (const struct sv_card_view *card, size_t rank) %}
<li><a class="card" href="{{ card | card_url }}">
{% if card->poster.id %}
<img class="art c{{ card->poster | colour }}" src="{{ card->poster | image(240) }}" srcset="{{ card->poster | image(160) }} 160w, {{ card->poster | image(240) }} 240w, {{ card->poster | image(320) }} 320w, {{ card->poster | image(480) }} 480w" sizes="(min-width:40em) 12vw, 30vw" width="240" height="360" alt=""{% if rank < 4 %} fetchpriority="high"{% elif rank >= 12 %} loading="lazy"{% end %}>
{% else %}
<span class="art c{{ card->poster | colour }}"></span>
{% end %}
{% if card->watched_percent > 0 %}<progress class="line" max="100" value="{{ card->watched_percent | percent }}" aria-label="{% t "card.watched" percent=card->watched_percent|percent %}"></progress>{% end %}
<bdi>{{ card->title }}</bdi></a>
{% if card->kind == SV_CARD_EPISODE %}
<small>{% t "episode.short" season=card->season episode=card->episode %}</small>
{% elif card->kind == SV_CARD_SERIES && card->season > 1 %}
<small>{% t "card.seasons" n=card->season %}</small>
{% elif card->kind == SV_CARD_SERIES && card->episode > 0 %}
<small>{% t "card.episodes" n=card->episode %}</small>
{% elif card->year > 0 %}
<small>{{ card->year }}</small>
{% end %}
</li>

{# Work in progress: said in words and drawn as a bar; the module looks again after the seconds in data-refresh. #}
{% template import_panel (const struct sv_import_view *import) %}
{% if import->kind != SV_IMPORT_NONE %}
<div class="work" role="status" data-refresh="4">
<p id="work">
{% if import->kind == SV_IMPORT_SAMPLES %}
{% t "import.samples" done=import->done total=import->total percent=import->percent|percent %}
{% else %}
{% t "import.library" done=import->done total=import->total percent=import->percent|percent %}
{% end %}
</p>
<progress max="100" value="{{ import->percent | percent }}" aria-labelledby="work"></progress>
</div>
{% end %}

{% template empty_panel (const struct sv_import_view *import) %}
<section class="empty">
{% include icon_reel() %}
{% if import->kind == SV_IMPORT_NONE %}
<h2>{% t "empty.title" %}</h2>
<p>{% t "empty.how" %}</p>
<p><code>streamvault library add /path/to/films</code></p>
{% else %}
<h2>{% t "empty.soon" %}</h2>
<p>{% t "empty.soon_how" %}</p>
{% end %}
</section>
