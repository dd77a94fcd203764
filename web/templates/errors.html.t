{# Error pages: a plain sentence, the request id, one way on. #}
{% template error (const struct sv_error_view *v) %}
{% layout frame (&v->shell) %}
{% block title %}{{ v->status }} · {% t "app.name" %}{% end %}
{% block head %}<meta name="robots" content="noindex">{% end %}
{% block main %}
<section class="fault">
{% include fault(v->status) %}
{% if v->retry_after > 0 %}<p>{% t "error.retry" time=v->retry_after|span %}</p>{% end %}
{% if v->reference %}<p>{% t "error.reference" reference=v->reference %}</p>{% end %}
{% include way_on(v->status) %}
{% if v->request_id %}<p class="id">{% t "error.request" %} <code>{{ v->request_id }}</code></p>{% end %}
</section>
{% end %}

{# What nginx answers with by itself: it knows neither viewer nor request id. #}
{% template gateway_error (int status) %}
<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<title>{% if status == 497 %}400{% else %}{{ status }}{% end %} · {% t "app.name" %}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<meta name="robots" content="noindex">
<link rel="stylesheet" href="{% asset "app.css" %}">
</head>
<body>
<header class="bar"><a class="brand" href="/">{% include icon_logo() %}<span>{% t "app.name" %}</span></a></header>
<main id="main">
<section class="fault">
{% include fault(status) %}
{% include way_on(status) %}
</section>
</main>
</body>
</html>

{# 497 is the gateway's word for plain HTTP where TLS is spoken. #}
{% template fault (int status) %}
<p class="status">{% if status == 497 %}400{% else %}{{ status }}{% end %}</p>
{% if status == 308 %}
<h1>{% t "error.308" %}</h1><p>{% t "error.308_how" %}</p>
{% elif status == 401 %}
<h1>{% t "error.401" %}</h1><p>{% t "error.401_how" %}</p>
{% elif status == 403 %}
<h1>{% t "error.403" %}</h1><p>{% t "error.403_how" %}</p>
{% elif status == 404 %}
<h1>{% t "error.404" %}</h1><p>{% t "error.404_how" %}</p>
{% elif status == 405 %}
<h1>{% t "error.405" %}</h1><p>{% t "error.405_how" %}</p>
{% elif status == 412 %}
<h1>{% t "error.412" %}</h1><p>{% t "error.412_how" %}</p>
{% elif status == 416 %}
<h1>{% t "error.416" %}</h1><p>{% t "error.416_how" %}</p>
{% elif status == 429 %}
<h1>{% t "error.429" %}</h1><p>{% t "error.429_how" %}</p>
{% elif status == 431 %}
<h1>{% t "error.431" %}</h1><p>{% t "error.431_how" %}</p>
{% elif status == 451 %}
<h1>{% t "error.451" %}</h1><p>{% t "error.451_how" %}</p>
{% elif status == 502 || status == 503 || status == 504 %}
<h1>{% t "error.503" %}</h1><p>{% t "error.503_how" %}</p>
{% elif status == 497 %}
<h1>{% t "error.497" %}</h1><p>{% t "error.497_how" %}</p>
{% elif status >= 500 %}
<h1>{% t "error.500" %}</h1><p>{% t "error.500_how" %}</p>
{% else %}
<h1>{% t "error.400" %}</h1><p>{% t "error.400_how" %}</p>
{% end %}

{% template way_on (int status) %}
<p class="actions">{% if status == 404 %}<a class="main key" href="/search">{% t "error.search" %}</a>{% else %}<a class="main key" href="/">{% t "error.home" %}</a>{% end %}</p>
