#pragma once

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/result.h"

// What measurements have in common: a fault ends them, and time is the processor's.
namespace kamili::testing {

template <typename T>
T Must(Result<T> result) {
    if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str());
    KAMILI_CHECK(result);
    return std::move(*result);
}
inline void Must(const Status& status) {
    if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
    KAMILI_CHECK(status);
}

inline double CpuSeconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

inline double Measure(const std::function<void()>& work) {
    const double begin = CpuSeconds();
    work();
    return CpuSeconds() - begin;
}

inline double Median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace kamili::testing
