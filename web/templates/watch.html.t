{% template watch (const struct sv_watch_view *v) %}
{% layout frame (&v->shell) %}
{% block title %}{{ v->title }}{% if v->is_episode %} · {% t "episode.short" season=v->season episode=v->number %}{% end %} · {% t "app.name" %}{% end %}
{% block head %}{% if v->browser_plays %}<script type="module" src="{% asset "watch.js" %}"></script>{% end %}{% end %}
{% block main %}
<div class="stage">
{% if v->browser_plays %}
<video controls preload="metadata" playsinline data-player{% if v->still.id %} poster="{{ v->still | image(640) }}"{% end %}{% if v->renew.length > 0 %} data-renew="{{ v->renew }}"{% end %} aria-label="{{ v->title }}">
<source src="{{ v | stream_url }}"{% if v->mime %} type="{{ v->mime }}"{% end %}>
<p>{% t "watch.no_video" %} <a href="{{ v->stream }}">{% t "watch.open" %}</a></p>
</video>
{% else %}
<div class="cannot">
{% include icon_reel() %}
<p class="big">{% t "watch.cannot" %}</p>
<p>{% if v->container %}{% t "watch.cannot_container" container=v->container %}{% else %}{% t "watch.cannot_why" %}{% end %}</p>
<p class="actions">
{% if v->playlist.length > 0 %}<a class="main key" href="{{ v->playlist }}">{% include icon_play() %}{% t "watch.playlist" %}</a>{% end %}
<a class="key" href="{{ v->stream }}">{% t "watch.direct" %}</a>
</p>
</div>
{% end %}
</div>
<p class="toast" role="status" data-toast hidden></p>
<div class="under">
<div class="what">
<h1><bdi>{{ v->title }}</bdi></h1>
<ul class="facts">
{% if v->is_episode %}<li>{% t "episode.long" season=v->season episode=v->number %}</li>{% if v->episode_title %}<li><bdi>{{ v->episode_title }}</bdi></li>{% end %}{% end %}
{% if v->duration > 0 %}<li>{{ v->duration | span }}</li>{% end %}
{% if v->source && v->browser_plays %}<li>{% t "watch.from" source=v->source %}</li>{% end %}
</ul>
{% if !v->shell.member && v->shell.guest_rate > 0 %}<p class="hint">{% t "watch.guest" rate=v->shell.guest_rate|rate %}</p>{% end %}
</div>
<p class="actions">
{% if v->next && v->next->watch_id %}<a class="main key" href="{{ v->next->watch_id | watch_url }}">{% t "watch.next" season=v->next->season episode=v->next->number %}{% include icon_next() %}</a>{% end %}
{% if v->is_episode && v->episode_id %}<a class="key" href="{{ v->episode_id | episode_url }}">{% t "watch.about_episode" %}</a>{% end %}
<a class="key" href="{{ v | watched_url }}">{% if v->is_episode %}{% t "watch.all_episodes" %}{% else %}{% t "watch.about" %}{% end %}</a>
{% if v->download_id %}<a class="key" href="{{ v->download_id | download_url }}">{% include icon_download() %}{% t "play.download" %}</a>{% end %}
</p>
<section class="panel" aria-labelledby="elsewhere">
<h2 id="elsewhere">{% t "watch.elsewhere" %}</h2>
<p>{% t "watch.elsewhere_how" %}</p>
<p class="copy"><input type="text" readonly value="{{ v->stream_absolute }}" aria-label="{% t "watch.address" %}" dir="ltr" data-address><button class="key" type="button" data-copy hidden>{% t "watch.copy" %}</button>{% if v->playlist.length > 0 %}<a class="key" href="{{ v->playlist }}">{% t "watch.m3u" %}</a>{% end %}</p>
<p class="hint">{% t "watch.address_life" %}</p>
</section>
</div>
{% end %}
