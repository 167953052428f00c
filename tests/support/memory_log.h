#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"

namespace kamili::testing {

// Remembers every line as "message name=value ...".
class MemoryLog final : public Log {
  public:
    void Write(LogLevel, std::string_view message, Fields fields) override {
        std::string line(message);
        for (const LogField& field : fields)
            line += " " + std::string(field.name) + "=" + field.value;
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
    }
    std::vector<std::string> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

}  // namespace kamili::testing
