// SPDX-License-Identifier: BSD-2-Clause
//
// An object with a bit of everything that costs the linker memory: merged
// strings, COMDAT groups, unwind tables with a personality, thread-local
// variables, an indirect function, constructors by priority, the GOT, common
// and weak symbols, a linker set, and all that a module says of itself. For
// test_link_oom.c.

#include <bootlink/module.h>

extern "C" {
int outside(const char *text) __attribute__((weak));
void __gxx_personality_v0() {}
void _Unwind_Resume(void *) {}
extern const int *const __start_numbers[], *const __stop_numbers[];
int everything(int n);
}

template <int N> inline int counted()
{
    static int count = N;
    return count++;
}

struct Guard {
    const char *text;
    ~Guard() { outside(text); }
};

thread_local int of_thread = 3;

static int one()
{
    return 1;
}

extern "C" {
int (*pick_one())()
{
    return one;
}
int picked() __attribute__((ifunc("pick_one")));
}

static const int number = 7;
__attribute__((section("numbers"), used)) static const int *const entry =
    &number;

struct Early {
    Early() { of_thread = counted<1>(); }
};
__attribute__((init_priority(200))) static Early early;

int everything(int n)
{
    Guard guard{"a string that others have too"};
    outside("that others have too");
    return counted<1>() + counted<2>() + picked() + of_thread +
           *__start_numbers[n] + (__stop_numbers - __start_numbers);
}

MODULE_NAME("everything");
MODULE_VERSION("1.0");
MODULE_DESCRIPTION("asks for memory");
MODULE_SOFTDEP("pre: one post: two");
MODULE_REQUIRES("kernel", "1.0");
MODULE_IMPORT_NS("ELSEWHERE");
EXPORT_SYMBOL(everything);
EXPORT_SYMBOL_NS(picked, "PICKED");

static bool loud;
static int list[4];
static const char *names[2];
module_param(loud, bool);
MODULE_PARM_DESC(loud, "what it is for");
module_param_array(list, int, nullptr);
module_param_array(names, string, nullptr);

static int start(const char *)
{
    return everything(loud + list[0] + names[0][0]);
}
module_init(start);

static void stop()
{
}
module_exit(stop);
