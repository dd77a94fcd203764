/* SPDX-License-Identifier: Apache-2.0
 * See gateway_page.h. */
#include "gateway_page.h"

const struct sv_gateway_page sv_gateway_pages[] = {
    {308, 0, "This page has moved", "It is now at the secure address."},
    {400, 0, "The request could not be understood", "Please check the address and try again."},
    {403, 0, "This is not allowed", "You may not see this page."},
    {404, 0, "There is nothing here", "The address may be wrong, or the page is gone."},
    {405, 0, "This is not allowed here", "The address does not take this kind of request."},
    {408, 0, "The request took too long", "Please try again."},
    {411, 0, "The request could not be understood", "Its length is missing."},
    {412, 0, "The film has changed", "Please load the page again."},
    {413, 0, "The request is too large", "Please send less at once."},
    {414, 0, "The address is too long", "Please check it and try again."},
    {415, 0, "The request could not be understood", "Its form is not supported."},
    {416, 0, "There is nothing at this position", "The film ends before it."},
    {421, 0, "The request went to the wrong place", "Please check the address and try again."},
    {429, 0, "Too many requests", "Please wait a few seconds and try again."},
    {494, 431, "The request is too large", "Its headers are longer than they may be. Deleting this site's cookies can help."},
    {495, 400, "The secure connection failed", "Please try again."},
    {496, 400, "The secure connection failed", "Please try again."},
    {497, 400, "This address needs a secure connection", "Please use https:// in front of it."},
    {500, 0, "Something went wrong", "Please try again in a moment."},
    {501, 0, "The request could not be understood", "Its form is not supported."},
    {502, 0, "The service is starting or busy", "Please try again in a moment."},
    {503, 0, "The service is starting or busy", "Please try again in a moment."},
    {504, 0, "The service took too long", "Please try again in a moment."},
    {505, 0, "The request could not be understood", "Its version of HTTP is not supported."},
    {0, 0, NULL, NULL},
};

void
sv_gateway_page_write(const struct sv_gateway_page *page, struct sv_buffer *out)
{
	sv_buffer_printf(out,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n"
	    "<title>%s</title>\n<style>\n:root{color-scheme:light dark}\n"
	    "body{margin:0;min-height:100vh;display:grid;place-items:center;font:1.125rem/1.5 system-ui,sans-serif;text-align:center}\n"
	    "main{padding:2rem;max-width:36rem}\nh1{font-size:1.5rem}\na{color:inherit}\n</style>\n</head>\n<body>\n<main>\n"
	    "<h1>%s</h1>\n<p>%s</p>\n<p><a href=\"/\">To the start page</a></p>\n</main>\n</body>\n</html>\n",
	    page->title, page->title, page->text);
}
