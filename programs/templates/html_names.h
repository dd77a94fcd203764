/* SPDX-License-Identifier: Apache-2.0
 * What elements and attributes mean to the template generator.  Pure. */
#ifndef SV_HTML_NAMES_H
#define SV_HTML_NAMES_H

#include "template_html.h"

bool html_element_is_void(const char *name);
/* Elements that load or change things in ways our policy does not know: base, iframe, object, embed, ... */
bool html_element_is_forbidden(const char *name);
/* Why an attribute may not be written at all (on..., style, srcdoc, ...), or NULL. */
const char *html_attribute_refused(const char *name);
enum html_attribute html_attribute_kind(const char *element, const char *attribute);
/* May a literal address begin so? */
bool html_address_is_ours(const char *address);

#endif
