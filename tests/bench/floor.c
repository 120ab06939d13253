/* SPDX-License-Identifier: BSD-2-Clause
 *
 *     floor OUTPUT SIZE FILE ...
 *
 * The least that a link can cost: every byte of every file is read once, and
 * SIZE bytes are written.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char buffer[1 << 20];

static void read_all(const char *path)
{
    int file = open(path, O_RDONLY);
    if (file < 0)
        exit(1);
    while (read(file, buffer, sizeof(buffer)) > 0)
        continue;
    close(file);
}

static void write_all(const char *path, long size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0777);
    while (size > 0) {
        size_t step =
            size < (long)sizeof(buffer) ? (size_t)size : sizeof(buffer);
        if (write(file, buffer, step) != (ssize_t)step)
            exit(1);
        size -= (long)step;
    }
    close(file);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    for (int i = 3; i < argc; i++)
        read_all(argv[i]);
    write_all(argv[1], atol(argv[2]));
    return 0;
}
