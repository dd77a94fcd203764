{# The frame of every page: head, top bar, footer. #}
{% template frame (const struct sv_shell_view *shell) %}
<!doctype html>
<html lang="{{ shell->language | language }}" dir="{% if shell->right_to_left %}rtl{% else %}ltr{% end %}"{% if shell->theme %} data-theme="{{ shell->theme }}"{% end %}>
<head>
<meta charset="utf-8">
<title>{% slot title %}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<link rel="stylesheet" href="{% asset "app.css" %}">
<link rel="icon" href="{% asset "icon.svg" %}" type="image/svg+xml">
<link rel="icon" href="{% asset "favicon.ico" %}" sizes="32x32">
<script type="module" src="{% asset "app.js" %}"></script>
{% slot head %}
</head>
<body>
<a class="skip" href="#main">{% t "shell.skip" %}</a>
<header class="bar">
<a class="brand" href="/">{% include icon_logo() %}<span>{% t "app.name" %}</span></a>
<nav class="sections" aria-label="{% t "shell.sections" %}">
<a href="/movies"{% if shell->section == SV_SECTION_MOVIES %} aria-current="page"{% end %}>{% t "section.movies" %}</a>
<a href="/series"{% if shell->section == SV_SECTION_SERIES %} aria-current="page"{% end %}>{% t "section.series" %}</a>
<a href="/new"{% if shell->section == SV_SECTION_NEW %} aria-current="page"{% end %}>{% t "section.new" %}</a>
</nav>
<form class="find" action="/search" role="search">
<input type="search" name="q" value="{{ shell->query }}" placeholder="{% t "shell.search" %}" aria-label="{% t "shell.search" %}" maxlength="200" autocomplete="off" enterkeyhint="search" data-find>
<button type="submit" aria-label="{% t "shell.find" %}">{% include icon_find() %}</button>
</form>
</header>
<main id="main" tabindex="-1">
{% slot main %}
</main>
<footer class="foot">
<p>
{% if shell->member %}
{% t "foot.member" %}
{% elif shell->guest_rate > 0 %}
{% t "foot.guest" rate=shell->guest_rate|rate %}
{% else %}
{% t "foot.guest_free" %}
{% end %}
</p>
<nav aria-label="{% t "foot.more" %}"><a href="/help">{% t "help.title" %}</a><a href="/about">{% t "about.title" %}</a><a href="/privacy">{% t "privacy.title" %}</a></nav>
</footer>
</body>
</html>
