#pragma once

#include <string_view>
#include <utility>

#include "base/secret.h"

namespace kamili::oauth {

// The body of a form post (application/x-www-form-urlencoded), kept secret as a whole because codes
// and tokens stand in it. Pure value.
class FormBody {
  public:
    FormBody& Add(std::string_view name, std::string_view value);
    FormBody& Add(std::string_view name, const Secret& value);
    // Leaves this one empty.
    Secret Take() { return std::move(text_); }

  private:
    Secret text_;
};

inline constexpr char kFormContentType[] = "application/x-www-form-urlencoded";

}  // namespace kamili::oauth
