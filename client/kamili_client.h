#pragma once

/*
 * libkamili-client: the daemon's socket from C and from everything that can call C.
 *
 * Methods, parameters and answers are those of docs/com.kamililabsllc.Kamili.varlink, as JSON text
 * in UTF-8; docs/protocol.md says what they mean. A client may be used by one thread at a time;
 * several clients do not know of each other. Nothing is written to a terminal or a log, and no
 * signal is touched: a lost connection raises no SIGPIPE.
 *
 *     kamili_client *client = kamili_client_new(NULL);
 *     const char *answer = kamili_client_call(client, "GetStatus", NULL);
 *     if (answer == NULL) fprintf(stderr, "%s\n", kamili_client_error(client));
 *     else puts(answer);
 *     kamili_client_free(client);
 */

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* A client of one daemon. Connects at its first call, and anew when the connection was lost. */
typedef struct kamili_client kamili_client;

/*
 * `socket_path` NULL: KAMILI_SOCKET, $XDG_RUNTIME_DIR/kamili/kamilid.sock or
 * /run/kamili/$USER/kamilid.sock, whichever is there, as kamilictl does. NULL only without memory.
 */
kamili_client* kamili_client_new(const char* socket_path);
/* Closes the connection. NULL is allowed. */
void kamili_client_free(kamili_client* client);
/* The socket that this client uses. Valid as long as the client. */
const char* kamili_client_socket(const kamili_client* client);

/*
 * One call, one answer. `method` is a short name ("GetStatus") or one with its interface
 * ("org.varlink.service.GetInfo"). `parameters` is a JSON object; NULL stands for {}. Answers a
 * JSON object, valid until the next call with this client, or NULL after a failure. Waits as long
 * as the daemon takes. An answer of over 10,000 rows is refused (too_many): use a stream.
 */
const char* kamili_client_call(kamili_client* client, const char* method, const char* parameters);

/* `part` is a JSON object, valid during the call. `last` is 1 for the end of the answer. 0 stops.
 */
typedef int (*kamili_client_part)(void* context, const char* part, int last);

/*
 * One call with `more`: `on_part` for every part of the answer, in order, in this thread. Returns 0
 * when the answer is complete or on_part stopped it (the connection is closed then), -1 after a
 * failure. on_part must not call with the same client. GetStatus, Sync and WatchChanges go on until
 * they are stopped or the daemon ends.
 */
int kamili_client_stream(kamili_client* client, const char* method, const char* parameters,
                         kamili_client_part on_part, void* context);

/*
 * The last failure, for a person; what to do about it (may be ""); its kind for a program:
 * "no_daemon", "permission_denied", "key_locked", "not_found", "needs_sign_in", ... "" after a
 * success. Valid until the next call.
 */
const char* kamili_client_error(const kamili_client* client);
const char* kamili_client_error_hint(const kamili_client* client);
const char* kamili_client_error_kind(const kamili_client* client);

/* The version of the library, as "0.1.0". */
const char* kamili_client_version(void);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
