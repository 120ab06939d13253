/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Thread-local variables: .tdata is what they begin as, .tbss is zero.
 */
#include "runtime.h"

_Thread_local char aligned[64] __attribute__((aligned(64))) = "on its line";
_Thread_local int set = 5;
_Thread_local int zero;
