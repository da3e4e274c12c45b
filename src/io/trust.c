/* trust.c -- one store of certificates, shared by all connections of the process. */
#include "io/trust.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct trust {
	pthread_mutex_t lock; /* of `store`: held for a moment, not while it is read or used */
	X509_STORE *store;
	uint64_t generation; /* raised when the store is there */
};

static X509_STORE *refuse(X509_STORE *store, struct fault *fault_r, const char *path,
			  const char *why)
{
	X509_STORE_free(store);
	fault_set(fault_r, ERR_VALUE, "", "gateway.ca_file %s: %s", path, why);
	return NULL;
}

static X509_STORE *read_store(const char *path, struct fault *fault_r)
{
	X509_STORE *store;

	if (!path)
		path = curl_version_info(CURLVERSION_NOW)->cainfo;
	if (!path)
		return refuse(NULL, fault_r, "is not set", "libcurl knows no file of the system's");
	if (access(path, R_OK) != 0)
		return refuse(NULL, fault_r, path, strerror(errno));
	store = X509_STORE_new();
	if (!store || !X509_STORE_load_file(store, path))
		return refuse(store, fault_r, path, "holds no certificates that can be read (PEM)");
	/* as libcurl has it: a certificate in the file is believed, whoever has signed it */
	X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
	return store;
}

struct trust *trust_load(const char *path, struct fault *fault_r)
{
	X509_STORE *store = read_store(path, fault_r);
	struct trust *t = store ? calloc(1, sizeof(*t)) : NULL;

	if (t) {
		pthread_mutex_init(&t->lock, NULL);
		t->store = store;
		t->generation = 1;
	} else if (store) {
		refuse(store, fault_r, path ? path : "", "out of memory");
	}
	return t;
}

bool trust_load_again(struct trust *t, const char *path, struct fault *fault_r)
{
	X509_STORE *store = read_store(path, fault_r), *old;

	if (!store)
		return false;
	pthread_mutex_lock(&t->lock);
	old = t->store;
	t->store = store;
	pthread_mutex_unlock(&t->lock);
	__atomic_add_fetch(&t->generation, 1, __ATOMIC_RELEASE);
	X509_STORE_free(old); /* connections keep it as long as they need it */
	return true;
}

void trust_free(struct trust *t)
{
	if (!t)
		return;
	X509_STORE_free(t->store);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void trust_give(struct trust *t, void *ssl_ctx)
{
	pthread_mutex_lock(&t->lock);
	SSL_CTX_set1_cert_store(ssl_ctx, t->store);
	pthread_mutex_unlock(&t->lock);
}

uint64_t trust_generation(const struct trust *t)
{
	return __atomic_load_n(&t->generation, __ATOMIC_ACQUIRE);
}
