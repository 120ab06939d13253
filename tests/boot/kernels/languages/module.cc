// SPDX-License-Identifier: BSD-2-Clause
//
// A module in C++, with an object that is constructed before init and destroyed after
// exit.

#include "kernel.h"

#include <bootlink/module.h>

MODULE_NAME("cpp");
MODULE_VERSION("1.0");
MODULE_DESCRIPTION("a module in C++");
MODULE_REQUIRES("kernel", "1.2");
MODULE_IMPORT_NS("TEST");

extern "C" int BEFORE();

namespace {

volatile unsigned count = 1; // a constructor reads it
const char *whom = "nobody";
int list[4];
uint32_t listed;

module_param(count, uint);
module_param(whom, string);
module_param_array(list, int, &listed);
MODULE_PARM_DESC(count, "how often");
MODULE_PARM_DESC(whom, "who is greeted");

class Greeter {
  public:
    explicit Greeter(unsigned times) : times_(times) {}
    ~Greeter()
    {
        say_line("cpp is gone");
    }
    virtual void greet() const
    {
        report("cpp", whom, times_, list, listed, BEFORE());
    }

  private:
    unsigned times_;
};

Greeter greeter(count);

int start(const char *parameters)
{
    greeter.greet();
    return parameters[0] == 0;
}
module_init(start);

void stop()
{
    say_line("cpp ends");
}
module_exit(stop);

} // namespace

extern "C" int answer_of_cpp()
{
    return BEFORE() + 1;
}
EXPORT_SYMBOL(answer_of_cpp);
