/*
 * Shifts the time of day that a program sees, by the seconds that
 * APIKEY_TEST_CLOCK_SHIFT names. Preloaded into a node of the cluster test.
 * The clocks that only measure how much time went by are left as they are.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t shift;

__attribute__((constructor)) static void read_shift(void) {
    const char *text = getenv("APIKEY_TEST_CLOCK_SHIFT");
    shift = text ? (time_t)atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *instant) {
    int failure = (int)syscall(SYS_clock_gettime, clock, instant);
    if (!failure && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        instant->tv_sec += shift;
    return failure;
}

int gettimeofday(struct timeval *restrict instant, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    instant->tv_sec = now.tv_sec;
    instant->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *instant) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (instant)
        *instant = now.tv_sec;
    return now.tv_sec;
}
