/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a module is called that does not say so itself: after its file.
 */
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
