/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a module is called: by its MODULE_NAME, else after its file.
 */
#include "marks.h"
#include "system.h"

span system_module_name(span path)
{
    size_t start = path.size, end = path.size;
    while (start > 0 && path.data[start - 1] != '/')
        start--;
    for (size_t i = start + 1; i < path.size; i++)
        if (path.data[i] == '.')
            end = i;
    return span_part(path, start, end - start);
}

span module_name(const struct module_marks *marks, span path)
{
    return marks->name.size ? marks->name : system_module_name(path);
}
