#include "model/zone_rules.h"

#include <cctz/zone_info_source.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <memory>

namespace kamili::model {
namespace {

using SourcePointer = std::unique_ptr<cctz::ZoneInfoSource>;

// The file that this thread has cctz load; cctz asks for it on the thread that calls it.
thread_local const std::string* t_file = nullptr;

class BytesSource final : public cctz::ZoneInfoSource {
  public:
    explicit BytesSource(std::string_view bytes) : rest_(bytes) {}

    std::size_t Read(void* to, std::size_t size) override {
        size = std::min(size, rest_.size());
        std::memcpy(to, rest_.data(), size);
        rest_.remove_prefix(size);
        return size;
    }
    int Skip(std::size_t count) override {
        if (count > rest_.size()) return -1;
        rest_.remove_prefix(count);
        return 0;
    }

  private:
    std::string_view rest_;
};

SourcePointer OpenSource(const std::string& name,
                         const std::function<SourcePointer(const std::string&)>& from_system) {
    return t_file ? std::make_unique<BytesSource>(*t_file) : from_system(name);
}

}  // namespace

std::optional<cctz::time_zone> RulesOf(std::string_view name, const std::string& file) {
    // Never the same name twice: cctz would answer with what it has loaded under it before.
    static std::atomic<unsigned> count{0};
    cctz::time_zone zone;
    t_file = &file;
    const bool loaded = cctz::load_time_zone(fmt::format("{} #{}", name, ++count), &zone);
    t_file = nullptr;
    return loaded ? std::optional(zone) : std::nullopt;
}

}  // namespace kamili::model

namespace cctz_extension {

ZoneInfoSourceFactory zone_info_source_factory = kamili::model::OpenSource;

}  // namespace cctz_extension
