/* SPDX-License-Identifier: Apache-2.0
 * Tables of element and attribute names. */
#include "html_names.h"

#include <string.h>
#include <strings.h>

static bool
listed(const char *const names[], const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

bool
html_element_is_void(const char *name)
{
	static const char *const names[] = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr", NULL};

	return listed(names, name);
}

bool
html_element_is_forbidden(const char *name)
{
	static const char *const names[] = {"base", "iframe", "frame", "frameset", "object", "embed", "applet", "plaintext", "xmp",
		"noembed", "noframes", "noscript", "template", "foreignobject", NULL};

	return listed(names, name);
}

const char *
html_attribute_refused(const char *name)
{
	if (strncasecmp(name, "on", 2) == 0)
		return "handlers belong into a module";
	if (strcmp(name, "style") == 0)
		return "looks belong into the style sheet";
	if (strcmp(name, "srcdoc") == 0)
		return "a document inside a document";
	if (strcmp(name, "http-equiv") == 0)
		return "headers are sent as headers";
	if (strcmp(name, "background") == 0 || strcmp(name, "ping") == 0)
		return "not used in our pages";
	return NULL;
}

enum html_attribute
html_attribute_kind(const char *element, const char *attribute)
{
	static const char *const addresses[] = {"href", "src", "action", "formaction", "poster", "cite", "data", "manifest", "xlink:href", NULL};

	if (strcmp(attribute, "srcset") == 0 || strcmp(attribute, "imagesrcset") == 0)
		return HTML_ATTRIBUTE_SRCSET;
	if (!listed(addresses, attribute))
		return HTML_ATTRIBUTE_TEXT;
	return strcmp(element, "script") == 0 ? HTML_ATTRIBUTE_FIXED : HTML_ATTRIBUTE_URL;
}

bool
html_address_is_ours(const char *address)
{
	return (address[0] == '/' && address[1] != '/' && address[1] != '\\') || address[0] == '#' || address[0] == '?' ||
	       strncmp(address, "https:", 6) == 0;
}
