/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Output files, written under a temporary name. A device such as /dev/null is
 * written in place: renaming would replace it.
 */
#include "output_file.h"

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(struct output_file *file, const char *what)
{
    if (!file->failed)
        report_error(file->world, BOOTLINK_MISSING, "cannot %s %s: %s", what,
                     file->path, strerror(errno));
    file->failed = true;
    return false;
}

bool output_is_device(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static bool open_temporary(struct output_file *file)
{
    static const char suffix[] = ".XXXXXX";
    size_t size = strlen(file->path) + sizeof(suffix);
    file->temporary = malloc(size);
    if (!file->temporary)
        return false;
    snprintf(file->temporary, size, "%s%s", file->path, suffix);
    file->descriptor = mkstemp(file->temporary);
    if (file->descriptor >= 0)
        interrupt_removes(file->temporary);
    return file->descriptor >= 0;
}

bool output_open(struct output_file *file, const struct bootlink_world *world,
                 const char *path)
{
    *file = (struct output_file){.world = world, .path = path};
    if (output_is_device(path)) {
        file->descriptor = open(path, O_WRONLY | O_CLOEXEC);
        return file->descriptor >= 0 || refuse(file, "write");
    }
    if (open_temporary(file))
        return true;
    free(file->temporary);
    return refuse(file, "create");
}

void output_resize(struct output_file *file, uint64_t size)
{
    if (!file->temporary || file->failed)
        return;
    if (size > INT64_MAX)
        errno = EFBIG;
    if (size > INT64_MAX || ftruncate(file->descriptor, (off_t)size) != 0)
        refuse(file, "make room for");
}

void output_reserve(struct output_file *file, uint64_t offset, uint64_t size)
{
    if (file->temporary && !file->failed && offset <= INT64_MAX &&
        size <= INT64_MAX - offset)
        (void)!fallocate(file->descriptor, 0, (off_t)offset, (off_t)size);
}

void output_write(struct output_file *file, uint64_t offset, span bytes)
{
    while (bytes.size > 0 && !file->failed) {
        ssize_t written =
            file->temporary
                ? pwrite(file->descriptor, bytes.data, bytes.size, offset)
                : write(file->descriptor, bytes.data, bytes.size);
        if (written < 0) {
            refuse(file, "write");
            return;
        }
        offset += written;
        bytes = span_part(bytes, written, bytes.size - written);
    }
}

bool output_read(struct output_file *file, uint64_t offset, char *to,
                 size_t size)
{
    while (size > 0 && !file->failed) {
        ssize_t got = pread(file->descriptor, to, size, offset);
        if (got <= 0)
            return refuse(file, "read again");
        offset += got;
        to += got;
        size -= got;
    }
    return !file->failed;
}

/* 0755 or 0644 as the user's mask allows. */
static bool set_mode(struct output_file *file, bool executable)
{
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = executable ? 0777 : 0666;
    return fchmod(file->descriptor, mode & ~mask) == 0 ||
           refuse(file, "set the mode of");
}

bool output_close(struct output_file *file, bool executable)
{
    if (file->temporary && !file->failed)
        set_mode(file, executable);
    if (close(file->descriptor) != 0)
        refuse(file, "close");
    if (!file->temporary)
        return !file->failed;
    if (!file->failed && rename(file->temporary, file->path) != 0)
        refuse(file, "rename to");
    if (file->failed)
        unlink(file->temporary);
    interrupt_removes(NULL);
    free(file->temporary);
    return !file->failed;
}

void output_abandon(struct output_file *file)
{
    file->failed = true;
    output_close(file, false);
}
