// SPDX-License-Identifier: BSD-2-Clause
//
// A large static program against glibc's libc.a and libstdc++.a: streams,
// threads, expressions, files, exceptions and locales, which bring thousands of
// groups, unwind tables and indirect functions.
#include <filesystem>
#include <future>
#include <iomanip>
#include <iostream>
#include <locale>
#include <map>
#include <memory_resource>
#include <random>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

static int thrower(int n)
{
    std::string local = "local " + std::to_string(n);
    if (n > 2)
        throw std::out_of_range("too far: " + local);
    return thrower(n + 1);
}

int main()
{
    std::map<std::string, std::vector<int>> table{{"one", {1}}, {"two", {2, 2}}};
    std::regex word("[a-z]+", std::regex::ECMAScript);
    for (const auto &entry : table)
        std::cout << std::regex_replace(entry.first, word, "<$&>") << " ";
    try {
        thrower(0);
    } catch (const std::exception &error) {
        std::cout << error.what() << " ";
    }
    auto sum = std::async(std::launch::async, [&] { return table["two"][1]; });
    std::wstringstream wide;
    wide << std::setprecision(3) << 2.5 << L" " << std::put_money(123.0L);
    std::mt19937 numbers(1);
    std::pmr::vector<std::filesystem::path> paths{"/usr/lib"};
    std::cout << sum.get() << " " << wide.str().size() << " " << numbers() << " "
              << paths[0].filename() << std::endl;
}
