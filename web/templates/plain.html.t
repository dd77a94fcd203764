{# Short pages of text. #}
{% template help (const struct sv_plain_view *v) %}
{% layout frame (&v->shell) %}
{% block title %}{% t "help.title" %} · {% t "app.name" %}{% end %}
{% block head %}{% end %}
{% block main %}
<article class="narrow text">
<h1>{% t "help.title" %}</h1>
<h2>{% t "help.watch" %}</h2>
<p>{% t "help.watch_text" %}</p>
<h2>{% t "help.players" %}</h2>
<p>{% t "help.players_text" %}</p>
<h2>{% t "help.speed" %}</h2>
<p>{% if !v->shell.member && v->shell.guest_rate > 0 %}{% t "help.speed_limited" rate=v->shell.guest_rate|rate %}{% else %}{% t "help.speed_free" %}{% end %}</p>
<h2>{% t "help.link" %}</h2>
<p>{% t "help.link_text" %}</p>
<h2>{% t "help.keys" %}</h2>
<dl class="list">
<div><dt><kbd>/</kbd></dt><dd>{% t "keys.search" %}</dd></div>
<div><dt><kbd>K</kbd></dt><dd>{% t "keys.pause" %}</dd></div>
<div><dt><kbd>J</kbd> <kbd>L</kbd></dt><dd>{% t "keys.jump" %}</dd></div>
<div><dt><kbd>M</kbd></dt><dd>{% t "keys.mute" %}</dd></div>
<div><dt><kbd>F</kbd></dt><dd>{% t "keys.full" %}</dd></div>
</dl>
</article>
{% end %}

{% template about (const struct sv_plain_view *v) %}
{% layout frame (&v->shell) %}
{% block title %}{% t "about.title" %} · {% t "app.name" %}{% end %}
{% block head %}{% end %}
{% block main %}
<article class="narrow text">
<h1>{% t "about.title" %}</h1>
<p>{% t "about.what" %}</p>
<p>{% t "about.free" %}</p>
{% if v->version %}<p class="hint">{% t "about.version" version=v->version %}</p>{% end %}
</article>
{% end %}

{% template privacy (const struct sv_plain_view *v) %}
{% layout frame (&v->shell) %}
{% block title %}{% t "privacy.title" %} · {% t "app.name" %}{% end %}
{% block head %}{% end %}
{% block main %}
<article class="narrow text">
<h1>{% t "privacy.title" %}</h1>
<p>{% t "privacy.none" %}</p>
<h2>{% t "privacy.cookie" %}</h2>
<p>{% t "privacy.cookie_text" %}</p>
<h2>{% t "privacy.address" %}</h2>
<p>{% t "privacy.address_text" %}</p>
</article>
{% end %}
