#pragma once

#include <initializer_list>
#include <string_view>

#include "base/result.h"

namespace kamili::sync {

// What an HTTP status that is not 2xx means at either provider, where its body says no more.
ErrorKind KindOfStatus(int status);

bool IsOneOf(std::string_view code, std::initializer_list<std::string_view> known);

}  // namespace kamili::sync
