#pragma once

#include <string>
#include <string_view>

namespace kamili::formats {

// Content lines of iCalendar text (RFC 5545 section 3.1).
class ICalText {
  public:
    // A line as it stands, folded.
    void Line(std::string_view line);
    // "NAME:value" with the value as TEXT (section 3.3.11); nothing if it is empty.
    void Text(std::string_view name, std::string_view value);
    std::string Take() { return std::move(text_); }

  private:
    std::string text_;
};

// A parameter's value in quotes, without what may not stand there (section 3.2).
std::string QuotedParameter(std::string_view value);

}  // namespace kamili::formats
