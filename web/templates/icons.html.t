{# Icons: 24 units square, drawn in the colour of the text beside them. #}
{% template icon_logo () %}
<svg class="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect class="box" width="32" height="32" rx="8"/><path class="beam" d="M9 16 26 8v16z"/><circle class="lamp" cx="9" cy="16" r="3.5"/></svg>
{% template icon_play () %}
<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path class="full" d="M7 4.6v14.8a.6.6 0 0 0 .9.5l12-7.4a.6.6 0 0 0 0-1l-12-7.4a.6.6 0 0 0-.9.5z"/></svg>
{% template icon_download () %}
<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 19.5h14"/></svg>
{% template icon_find () %}
<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><circle cx="10.5" cy="10.5" r="6"/><path d="m15.2 15.2 4.8 4.8"/></svg>
{% template icon_next () %}
<svg class="icon turns" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="m9.5 5.5 6.5 6.5-6.5 6.5"/></svg>
{% template icon_back () %}
<svg class="icon turns" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="M14.5 5.5 8 12l6.5 6.5"/></svg>
{% template icon_reel () %}
<svg class="reel" viewBox="0 0 24 24" width="56" height="56" aria-hidden="true"><circle cx="12" cy="12" r="9.2"/><circle cx="12" cy="7.6" r="1.7"/><circle cx="12" cy="16.4" r="1.7"/><circle cx="7.6" cy="12" r="1.7"/><circle cx="16.4" cy="12" r="1.7"/><path d="M12 21.2h9.5"/></svg>
