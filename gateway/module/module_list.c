/* SPDX-License-Identifier: Apache-2.0
 * What nginx looks for when it loads the shared object.  Two modules because a module has one place in the filter order: the
 * guard must see slices before the slice filter does (no order given: first), all else works next to the other add-ons. */
#include <ngx_config.h>
#include <ngx_core.h>

extern ngx_module_t ngx_http_streamvault_module;
extern ngx_module_t ngx_http_streamvault_guard_module;

extern ngx_module_t *ngx_modules[];
extern char *ngx_module_names[];
extern char *ngx_module_order[];

static char module_name[] = "ngx_http_streamvault_module";
static char guard_name[] = "ngx_http_streamvault_guard_module";
static char copy_filter_name[] = "ngx_http_copy_filter_module";

ngx_module_t *ngx_modules[] = {&ngx_http_streamvault_module, &ngx_http_streamvault_guard_module, NULL};
char *ngx_module_names[] = {module_name, guard_name, NULL};
char *ngx_module_order[] = {module_name, copy_filter_name, NULL};
