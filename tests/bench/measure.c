/* SPDX-License-Identifier: BSD-2-Clause
 *
 *     measure COMMAND [ARGUMENT ...]
 *
 * Runs the command without its output and prints what it took, as the system
 * accounts for it: microseconds of user time, of system time and on the clock,
 * KiB of memory at its peak, and its exit status.
 *
 * Why not from Python: the peak of a process is never less than what its parent
 * had when it was started, and this one has next to nothing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long microseconds(struct timeval time)
{
    return time.tv_sec * 1000000LL + time.tv_usec;
}

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static void run(char **command)
{
    int nothing = open("/dev/null", O_RDWR);
    for (int file = 0; file <= 2; file++)
        dup2(nothing, file);
    execvp(command[0], command);
    _exit(127);
}

int main(int argc, char **argv)
{
    struct rusage usage;
    int status;
    long long start = now();
    pid_t child = argc > 1 ? fork() : -1;
    if (child == 0)
        run(argv + 1);
    if (child < 0 || wait4(child, &status, 0, &usage) != child)
        return 1;
    printf("%lld %lld %lld %ld %d\n", microseconds(usage.ru_utime),
           microseconds(usage.ru_stime), now() - start, usage.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
