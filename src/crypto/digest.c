/* SPDX-License-Identifier: Apache-2.0
 * Algorithms are fetched once; OpenSSL 3 looks them up by name otherwise, at each use.  A failure here means OpenSSL is
 * broken or memory is out: nothing that a caller could mend. */
#include "digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "sv_assert.h"

struct sv_digest {
	EVP_MD_CTX *context;
};

static EVP_MD *sha256, *md5;
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void
fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	sv_assert(sha256 != NULL && md5 != NULL);
}

void
sv_digest_sha256(const void *data, size_t length, uint8_t out[static SV_DIGEST_SHA256_LENGTH])
{
	(void)pthread_once(&fetched, fetch);
	int rc = EVP_Digest(data, length, out, NULL, sha256, NULL);
	sv_assert(rc == 1);
}

void
sv_digest_md5(const void *data, size_t length, uint8_t out[static SV_DIGEST_MD5_LENGTH])
{
	(void)pthread_once(&fetched, fetch);
	int rc = EVP_Digest(data, length, out, NULL, md5, NULL);
	sv_assert(rc == 1);
}

struct sv_digest *
sv_digest_new(void)
{
	struct sv_digest *digest = sv_xcalloc(1, sizeof *digest);

	(void)pthread_once(&fetched, fetch);
	digest->context = EVP_MD_CTX_new();
	sv_assert(digest->context != NULL);
	int rc = EVP_DigestInit_ex(digest->context, sha256, NULL);
	sv_assert(rc == 1);
	return digest;
}

void
sv_digest_add(struct sv_digest *digest, const void *data, size_t length)
{
	int rc = EVP_DigestUpdate(digest->context, data, length);

	sv_assert(rc == 1);
}

void
sv_digest_finish(struct sv_digest *digest, uint8_t out[static SV_DIGEST_SHA256_LENGTH])
{
	int rc = EVP_DigestFinal_ex(digest->context, out, NULL);

	sv_assert(rc == 1);
}

void
sv_digest_free(struct sv_digest *digest)
{
	if (digest == NULL)
		return;
	EVP_MD_CTX_free(digest->context);
	free(digest);
}

char *
sv_digest_cache_path(struct sv_text key, char out[static SV_DIGEST_CACHE_PATH_SIZE])
{
	uint8_t bytes[SV_DIGEST_MD5_LENGTH] = {0};
	char hex[2 * SV_DIGEST_MD5_LENGTH + 1] = "";

	sv_digest_md5(key.data, key.length, bytes);
	sv_hex_encode(bytes, sizeof bytes, hex);
	(void)snprintf(out, SV_DIGEST_CACHE_PATH_SIZE, "%c/%.2s/%s", hex[31], hex + 29, hex);
	return out;
}
