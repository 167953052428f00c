/*
 * Prints every change of the calendars as a line of JSON, from now on or from the number given. After
 * a restart of the daemon it goes on where it was, so that nothing is lost and nothing comes twice.
 * cc follow_changes.c $(pkg-config --cflags --libs kamili-client) -o follow_changes
 */
#include <kamili_client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The number after "last": in an answer of WatchChanges: it is current up to there. */
static long long last_number(const char *part) {
    const char *last = strstr(part, "\"last\":");
    return last ? atoll(last + strlen("\"last\":")) : -1;
}

static int on_part(void *context, const char *part, int last) {
    long long *since = context;
    (void)last;
    printf("%s\n", part);
    fflush(stdout);
    *since = last_number(part);
    return !ferror(stdout); /* 0 ends the stream: nobody reads any more */
}

int main(int count, char **words) {
    long long since = count > 1 ? atoll(words[1]) : -1; /* -1: from now on */
    char parameters[64];
    kamili_client *client = kamili_client_new(NULL);
    if (client == NULL) return 1;
    for (;;) {
        snprintf(parameters, sizeof parameters, since < 0 ? "{}" : "{\"since\":%lld}", since);
        if (kamili_client_stream(client, "WatchChanges", parameters, on_part, &since) == 0) break;
        /* The daemon is being restarted, or the store is locked: it will be back. */
        if (strcmp(kamili_client_error_kind(client), "no_daemon") != 0 &&
            strcmp(kamili_client_error_kind(client), "key_locked") != 0) {
            fprintf(stderr, "%s\n%s\n", kamili_client_error(client), kamili_client_error_hint(client));
            kamili_client_free(client);
            return 1;
        }
        sleep(1);
    }
    kamili_client_free(client);
    return 0;
}
