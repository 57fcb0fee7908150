// libssh as Swift can use it, and the two digests of known_hosts from the libcrypto that libssh itself links.
#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>

// 20 bytes into `out`; 1 on success. known_hosts hashes host names with it.
static inline int clibssh_hmac_sha1(const void *key, int key_length, const void *data, size_t length,
                                    unsigned char *out) {
  unsigned int written = 0;
  return HMAC(EVP_sha1(), key, key_length, (const unsigned char *)data, length, out, &written) != NULL &&
         written == 20;
}

// 32 bytes into `out`; 1 on success. Fingerprints are made of it.
static inline int clibssh_sha256(const void *data, size_t length, unsigned char *out) {
  unsigned int written = 0;
  return EVP_Digest(data, length, out, &written, EVP_sha256(), NULL) && written == 32;
}

// Reads the packets that wait on an idle session, without blocking; answers the server's keep-alives on the way.
static inline void clibssh_process_pending(ssh_session session) {
  ssh_event event = ssh_event_new();
  if (event == NULL) return;
  if (ssh_event_add_session(event, session) == SSH_OK) {
    ssh_event_dopoll(event, 0);
    ssh_event_remove_session(event, session);
  }
  ssh_event_free(event);
}
