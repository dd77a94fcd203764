/* SPDX-License-Identifier: Apache-2.0
 * The plain form of a fuzz target: runs every file of the folders it is given, and each beginning of every file, so that a
 * normal test run covers cut-off input without a fuzzer.  Each input lies in memory of its exact size: sanitizers see one byte too far. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_target.h"

#define INPUT_MAX 65536
#define BEGINNINGS_MAX 2048

static void
run_one(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static int
run_file(const char *folder, const char *name)
{
	static uint8_t data[INPUT_MAX];
	char path[4096] = "";

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "rbe");
	if (file == NULL)
		return 1;
	size_t size = fread(data, 1, sizeof data, file);
	(void)fclose(file);
	for (size_t n = 0; n < size && n < BEGINNINGS_MAX; n++)
		run_one(data, n);
	run_one(data, size);
	return 0;
}

int
main(int argc, char **argv)
{
	int count = 0, failed = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		if (dir == NULL) {
			(void)fprintf(stderr, "cannot open %s\n", argv[i]);
			return 1;
		}
		for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
			if (entry->d_name[0] == '.')
				continue;
			failed += run_file(argv[i], entry->d_name);
			count++;
		}
		(void)closedir(dir);
	}
	(void)printf("%d seeds, %d unreadable\n", count, failed);
	return count == 0 || failed != 0;
}
