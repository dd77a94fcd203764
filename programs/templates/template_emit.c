/* SPDX-License-Identifier: Apache-2.0
 * Walks the nodes of each template with the HTML tracker beside it and writes one C function a template.  A layout is
 * written into each page that uses it, so that the context of a slot is known when its block is read. */
#include "template_emit.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "template_html.h"

/* Longest string literal that C17 compilers must take is 4095 bytes. */
#define LITERAL_PIECE 4000

struct emitter {
	const struct emit_input *input;
	FILE *out;
	struct html html;
	struct template *page;      /* whose blocks fill the slots; NULL outside of layouts */
	int indent;
};

static void emit_nodes(struct emitter *emitter, const struct node *nodes);

static void
line_of(struct emitter *emitter, struct place place)
{
	fprintf(emitter->out, "#line %d \"%s\"\n", place.line, place.file);
	for (int i = 0; i < emitter->indent; i++)
		fputc('\t', emitter->out);
}

/* Write what the tracker kept of the literals so far. */
static void
flush_literal(struct emitter *emitter, struct place place)
{
	struct sv_buffer *text = &emitter->html.out;

	for (size_t at = 0; at < text->length; at += LITERAL_PIECE) {
		size_t length = text->length - at < LITERAL_PIECE ? text->length - at : LITERAL_PIECE;
		line_of(emitter, place);
		fputs("sv_put_literal(out, ", emitter->out);
		template_emit_string(emitter->out, (const char *)text->data + at, length);
		fprintf(emitter->out, ", %zu);\n", length);
	}
	sv_buffer_reset(text);
}

static void
emit_value(FILE *out, const char *path, const char *filter, const char *argument)
{
	if (filter == NULL)
		fputs(path, out);
	else if (argument == NULL)
		fprintf(out, "sv_filter_%s(out, %s)", filter, path);
	else
		fprintf(out, "sv_filter_%s(out, %s, %s)", filter, path, argument);
}

static void
emit_hole(struct emitter *emitter, const struct node *node)
{
	static const char *const puts_for[] = {
		[HTML_HOLE_TEXT] = "SV_PUT_TEXT", [HTML_HOLE_ESCAPED] = "SV_PUT_ESCAPED",
		[HTML_HOLE_URL] = "sv_put_url", [HTML_HOLE_SRCSET] = "sv_put_srcset_url",
	};
	enum html_hole hole = html_hole(&emitter->html, node->place, "a hole");

	flush_literal(emitter, node->place);
	line_of(emitter, node->place);
	fprintf(emitter->out, "%s(out, ", puts_for[hole]);
	emit_value(emitter->out, node->text, node->filter, node->filter_argument);
	fputs(");\n", emitter->out);
}

static const struct argument *
argument_of(const struct node *node, const char *name)
{
	for (const struct argument *argument = node->arguments; argument != NULL; argument = argument->next)
		if (strcmp(argument->name, name) == 0)
			return argument;
	return NULL;
}

static void
emit_message(struct emitter *emitter, const struct node *node)
{
	struct message *message = template_message_find(emitter->input->messages, node->text);
	enum html_hole hole = html_hole(&emitter->html, node->place, "a message");
	int given = 0;

	if (message == NULL)
		template_fail(node->place, "there is no message \"%s\"", node->text);
	if (hole == HTML_HOLE_URL || hole == HTML_HOLE_SRCSET)
		template_fail(node->place, "a message cannot be an address");
	message->used = true;
	for (const struct argument *argument = node->arguments; argument != NULL; argument = argument->next, given++) {
		bool known = false;
		for (int i = 0; i < message->argument_count; i++)
			known |= strcmp(message->arguments[i], argument->name) == 0;
		if (!known)
			template_fail(node->place, "message \"%s\" has no argument \"%s\"", node->text, argument->name);
	}
	flush_literal(emitter, node->place);
	line_of(emitter, node->place);
	if (message->argument_count == 0) {
		fprintf(emitter->out, "sv_put_message(out, &messages[%d], NULL);\n", message->index);
		return;
	}
	fprintf(emitter->out, "sv_put_message(out, &messages[%d], (const struct sv_message_value[]){", message->index);
	for (int i = 0; i < message->argument_count; i++) {
		const struct argument *argument = argument_of(node, message->arguments[i]);
		if (argument == NULL)
			template_fail(node->place, "message \"%s\" needs the argument \"%s\"", node->text, message->arguments[i]);
		bool counts = message->plural && strcmp(argument->name, "n") == 0;
		fputs(counts ? "SV_MESSAGE_COUNT(" : "SV_MESSAGE_VALUE(", emitter->out);
		emit_value(emitter->out, argument->expression, argument->filter, argument->filter_argument);
		fputs("), ", emitter->out);
	}
	if (given != message->argument_count)
		template_fail(node->place, "message \"%s\" is given an argument twice", node->text);
	fputs("});\n", emitter->out);
}

static void
emit_asset(struct emitter *emitter, const struct node *node)
{
	for (const struct asset *asset = emitter->input->assets; asset != NULL; asset = asset->next)
		if (strcmp(asset->name, node->text) == 0) {
			char *address = sv_xasprintf("/assets/%s", asset->hashed_name);
			html_asset(&emitter->html, node->place, address);
			free(address);
			return;
		}
	template_fail(node->place, "there is no asset \"%s\"", node->text);
}

/* Settle the text before a directive that makes a branch, and write it. */
static void
edge(struct emitter *emitter, struct place place)
{
	html_edge(&emitter->html, place);
	flush_literal(emitter, place);
}

static void
emit_branch(struct emitter *emitter, const struct node *nodes, struct place place)
{
	emitter->indent++;
	emit_nodes(emitter, nodes);
	edge(emitter, place);
	emitter->indent--;
}

static void
emit_if(struct emitter *emitter, const struct node *node)
{
	edge(emitter, node->place);
	struct html_context before = emitter->html.context;
	line_of(emitter, node->place);
	fprintf(emitter->out, "if (%s) {\n", node->text);
	emit_branch(emitter, node->children, node->place);
	struct html_context after = emitter->html.context;
	emitter->html.context = before;
	if (node->otherwise != NULL) {
		line_of(emitter, node->place);
		fputs("} else {\n", emitter->out);
		emit_branch(emitter, node->otherwise, node->place);
	}
	emitter->html.context = html_join(node->place, &after, &emitter->html.context);
	line_of(emitter, node->place);
	fputs("}\n", emitter->out);
}

static void
emit_for(struct emitter *emitter, const struct node *node)
{
	const char *name = node->variable, *list = node->text;

	edge(emitter, node->place);
	struct html_context before = emitter->html.context;
	line_of(emitter, node->place);
	fprintf(emitter->out, "for (size_t %s_index = 0; %s_index < %s_count; %s_index++) {\n", name, name, list, name);
	emitter->indent++;
	line_of(emitter, node->place);
	fprintf(emitter->out, "const __typeof__(*%s) *const %s = &%s[%s_index];\n", list, name, list, name);
	emitter->indent--;
	emit_branch(emitter, node->children, node->place);
	/* joined in the stricter way: the body must also be able to follow itself */
	emitter->html.context = html_join(node->place, &before, &emitter->html.context);
	line_of(emitter, node->place);
	fputs("}\n", emitter->out);
}

static void
emit_include(struct emitter *emitter, const struct node *node)
{
	const struct template *template = template_find(emitter->input->templates, node->text);

	if (template == NULL)
		template_fail(node->place, "there is no template \"%s\"", node->text);
	if (template->layout != NULL || template->has_slots)
		template_fail(node->place, "template \"%s\" is a page or a layout and cannot be included", node->text);
	html_include(&emitter->html, node->place, node->text);
	flush_literal(emitter, node->place);
	line_of(emitter, node->place);
	fprintf(emitter->out, "sv_template_%s(out%s%s);\n", node->text, *node->arguments_text == '\0' ? "" : ", ", node->arguments_text);
}

static void
emit_slot(struct emitter *emitter, const struct node *node)
{
	struct template *page = emitter->page;

	if (page == NULL)
		template_fail(node->place, "a slot in a template that is no layout of this page");
	for (struct block *block = page->blocks; block != NULL; block = block->next)
		if (strcmp(block->name, node->text) == 0) {
			block->used = true;
			html_edge(&emitter->html, node->place);
			emitter->page = NULL;
			emit_nodes(emitter, block->nodes);
			emitter->page = page;
			html_edge(&emitter->html, block->place);
			return;
		}
	template_fail(page->layout_place, "layout \"%s\" needs the block \"%s\"", page->layout, node->text);
}

static void
emit_nodes(struct emitter *emitter, const struct node *nodes)
{
	for (; nodes != NULL; nodes = nodes->next) {
		switch (nodes->kind) {
		case NODE_LITERAL: html_literal(&emitter->html, nodes->place, nodes->text); break;
		case NODE_HOLE: emit_hole(emitter, nodes); break;
		case NODE_MESSAGE: emit_message(emitter, nodes); break;
		case NODE_ASSET: emit_asset(emitter, nodes); break;
		case NODE_IF: emit_if(emitter, nodes); break;
		case NODE_FOR: emit_for(emitter, nodes); break;
		case NODE_INCLUDE: emit_include(emitter, nodes); break;
		case NODE_SLOT: emit_slot(emitter, nodes); break;
		}
	}
}

/* "const struct sv_shell_view *shell = &v->shell;" for each pair of parameter and argument. */
static void
emit_layout_variables(struct emitter *emitter, const struct template *page, const struct template *layout)
{
	char *parameters = sv_xstrdup(layout->parameters), *arguments = sv_xstrdup(page->layout_arguments);
	char *save_parameter = NULL, *save_argument = NULL;
	char *parameter = strtok_r(parameters, ",", &save_parameter), *argument = strtok_r(arguments, ",", &save_argument);

	for (; parameter != NULL && argument != NULL;
	     parameter = strtok_r(NULL, ",", &save_parameter), argument = strtok_r(NULL, ",", &save_argument)) {
		line_of(emitter, page->layout_place);
		fprintf(emitter->out, "%s = %s;\n", parameter, argument);
	}
	if (parameter != NULL || argument != NULL)
		template_fail(page->layout_place, "layout \"%s\" takes (%s)", layout->name, layout->parameters);
	free(parameters);
	free(arguments);
}

static void
emit_body(struct emitter *emitter, struct template *template)
{
	if (template->layout == NULL) {
		emit_nodes(emitter, template->nodes);
		return;
	}
	struct template *layout = template_find(emitter->input->templates, template->layout);
	if (layout == NULL || !layout->has_slots)
		template_fail(template->layout_place, "there is no layout \"%s\"", template->layout);
	layout->used = true;
	emit_layout_variables(emitter, template, layout);
	emitter->page = template;
	emit_nodes(emitter, layout->nodes);
	emitter->page = NULL;
	for (const struct block *block = template->blocks; block != NULL; block = block->next)
		if (!block->used)
			template_fail(block->place, "layout \"%s\" has no slot \"%s\"", template->layout, block->name);
}

static void
emit_signature(FILE *out, const struct template *template, const char *end)
{
	fprintf(out, "void sv_template_%s(struct sv_page_out *out%s%s)%s\n", template->name,
		*template->parameters == '\0' ? "" : ", ", template->parameters, end);
}

static void
emit_template(struct emitter *emitter, struct template *template)
{
	if (template->has_slots)
		return;
	fprintf(emitter->out, "#line %d \"%s\"\n", template->place.line, template->place.file);
	emit_signature(emitter->out, template, "\n{");
	html_init(&emitter->html);
	emitter->indent = 1;
	emit_body(emitter, template);
	edge(emitter, template->place);
	html_end(&emitter->html, template->place);
	fputs("}\n\n", emitter->out);
	sv_buffer_fini(&emitter->html.out);
}

void
template_emit_header(const struct emit_input *input, FILE *out)
{
	fputs("/* Made by sv-templates; not to be edited. */\n#ifndef SV_PAGE_TEMPLATES_H\n#define SV_PAGE_TEMPLATES_H\n\n", out);
	for (int i = 0; i < input->header_count; i++)
		fprintf(out, "#include \"%s\"\n", input->headers[i]);
	fputc('\n', out);
	for (const struct template *template = input->templates; template != NULL; template = template->next)
		if (!template->has_slots)
			emit_signature(out, template, ";");
	fputs("\n#endif\n", out);
}

void
template_emit_source(const struct emit_input *input, FILE *out)
{
	struct emitter emitter = {.input = input, .out = out};

	fputs("/* Made by sv-templates; not to be edited. */\n#include \"page_templates.h\"\n\n", out);
	template_messages_emit(input->messages, out);
	for (struct template *template = input->templates; template != NULL; template = template->next)
		emit_template(&emitter, template);
	for (const struct template *template = input->templates; template != NULL; template = template->next)
		if (template->has_slots && !template->used)
			template_fail(template->place, "no page uses the layout \"%s\"", template->name);
	template_messages_check_used(input->messages);
}
