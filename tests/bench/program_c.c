/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A large static program against musl's libc.a: a database, a picture, two
 * compressors and an XML parser, as Debian compiled them. They were compiled
 * for glibc; what they want of it and musl lacks is below.
 */
#include <stdarg.h>
#include <stddef.h>

/* No header of glibc, and none of musl: the declarations are the libraries'. */
int printf(const char *format, ...);
int vfprintf(void *file, const char *format, va_list arguments);
int vsnprintf(char *text, size_t size, const char *format, va_list arguments);
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
size_t strlen(const char *text);
int fcntl(int file, int command, ...);
long getrandom(void *to, size_t size, unsigned flags);
_Noreturn void longjmp(void *buffer, int value);

void *__memcpy_chk(void *to, const void *from, size_t size, size_t room)
{
    (void)room;
    return memcpy(to, from, size);
}

void *__memset_chk(void *to, int byte, size_t size, size_t room)
{
    (void)room;
    return memset(to, byte, size);
}

int __fprintf_chk(void *file, int flag, const char *format, ...)
{
    va_list arguments;
    (void)flag;
    va_start(arguments, format);
    int length = vfprintf(file, format, arguments);
    va_end(arguments);
    return length;
}

int __vsnprintf_chk(char *text, size_t size, int flag, size_t room,
                    const char *format, va_list arguments)
{
    (void)flag;
    (void)room;
    return vsnprintf(text, size, format, arguments);
}

int __snprintf_chk(char *text, size_t size, int flag, size_t room,
                   const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = __vsnprintf_chk(text, size, flag, room, format, arguments);
    va_end(arguments);
    return length;
}

_Noreturn void __longjmp_chk(void *buffer, int value)
{
    longjmp(buffer, value);
}

int fcntl64(int file, int command, long argument)
{
    return fcntl(file, command, argument);
}

void arc4random_buf(void *to, size_t size)
{
    getrandom(to, size, 0);
}

/* ---- the program ----------------------------------------------------------
 */

int sqlite3_open(const char *name, void **base);
int sqlite3_exec(void *base, const char *sql, int (*row)(), void *, char **);
int sqlite3_prepare_v2(void *base, const char *sql, int, void **statement,
                       const char **);
int sqlite3_step(void *statement);
int sqlite3_column_int(void *statement, int column);
int compress(void *to, unsigned long *size, const void *from, unsigned long);
int BZ2_bzBuffToBuffCompress(char *to, unsigned *size, char *from, unsigned,
                             int, int, int);
void *png_create_read_struct(const char *version, void *, void *, void *);
void *png_create_write_struct(const char *version, void *, void *, void *);
const char *png_get_libpng_ver(void *png);
void *XML_ParserCreate(const char *encoding);
int XML_Parse(void *parser, const char *text, int size, int last);

static int query(void)
{
    void *base, *statement;
    sqlite3_open(":memory:", &base);
    sqlite3_exec(base,
                 "create table t(a, b); insert into t values (1, 'x'),"
                 "(2, 'y'), (3, 'z')",
                 NULL, NULL, NULL);
    sqlite3_prepare_v2(base, "select sum(a) from t where b > 'x'", -1,
                       &statement, NULL);
    sqlite3_step(statement);
    return sqlite3_column_int(statement, 0);
}

int main(void)
{
    static char text[] = "<a><b>static static static</b></a>", packed[700];
    unsigned long size = sizeof(packed);
    unsigned length = sizeof(packed);
    compress(packed, &size, text, sizeof(text));
    BZ2_bzBuffToBuffCompress(packed, &length, text, sizeof(text), 9, 0, 30);
    const char *version = png_get_libpng_ver(NULL);
    void *in = png_create_read_struct(version, NULL, NULL, NULL);
    void *out = png_create_write_struct(version, NULL, NULL, NULL);
    int good = XML_Parse(XML_ParserCreate(NULL), text, (int)strlen(text), 1);
    printf("%d %lu %u %d %d\n", query(), size, length,
           in != NULL && out != NULL, good);
    return 0;
}
