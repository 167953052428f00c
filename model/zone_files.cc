#include "model/zone_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace kamili::model {
namespace {

namespace fs = std::filesystem;

constexpr char kSystemFolder[] = "/usr/share/zoneinfo";
constexpr std::string_view kMagic = "TZif";
// The largest there is, with leap seconds, has less than 4 KiB.
constexpr std::size_t kFileBytesMax = 256 * 1024;

fs::path Folder() {
    const char* own = std::getenv("TZDIR");
    return own && *own ? own : kSystemFolder;
}

// The same zones again, with and without leap seconds; and the machine's own zone.
bool IsBeside(const fs::path& name) {
    return name == "posix" || name == "right" || name == "localtime";
}

// Calls `visit` with each folder and file below `folder`, in no order; what cannot be read is not
// there.
template <typename Visit>
void Walk(const fs::path& folder, const Visit& visit) {
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
        if (at.depth() == 0 && IsBeside(at->path().filename())) {
            at.disable_recursion_pending();
            continue;
        }
        visit(*at);
    }
}

// FNV-1a: files of the system's own do not try to look alike.
class Fingerprint {
  public:
    void Add(std::string_view bytes) {
        for (const char byte : bytes) {
            value_ ^= static_cast<std::uint8_t>(byte);
            value_ *= 0x100000001b3u;
        }
    }
    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0xcbf29ce484222325u;
};

}  // namespace

std::optional<std::string> ReadZoneFile(std::string_view name) {
    std::ifstream file(Folder() / name, std::ios::binary);
    std::array<char, kMagic.size()> magic{};
    if (!file.read(magic.data(), magic.size()) ||
        std::string_view(magic.data(), magic.size()) != kMagic)
        return std::nullopt;
    std::string content(kMagic);
    std::array<char, 4096> buffer;
    while (content.size() < kFileBytesMax) {
        file.read(buffer.data(), buffer.size());
        if (file.gcount() <= 0) return content;
        content.append(buffer.data(), static_cast<std::size_t>(file.gcount()));
    }
    return std::nullopt;
}

std::string ZoneDataVersion() {
    const fs::path folder = Folder();
    std::vector<std::string> names;
    Walk(folder, [&](const fs::directory_entry& entry) {
        names.push_back(entry.path().lexically_relative(folder).string());
    });
    std::sort(names.begin(), names.end());
    Fingerprint fingerprint;
    bool any = false;
    for (const std::string& name : names) {
        const auto content = ReadZoneFile(name);
        if (!content) continue;
        any = true;
        fingerprint.Add(std::string_view(name.c_str(), name.size() + 1));
        fingerprint.Add(*content);
    }
    return any ? fmt::format("files {:016x}", fingerprint.value()) : "";
}

std::vector<std::string> ZoneFolders() {
    std::vector<std::string> folders{Folder().string()};
    Walk(folders.front(), [&](const fs::directory_entry& entry) {
        std::error_code error;
        if (entry.is_directory(error)) folders.push_back(entry.path().string());
    });
    return folders;
}

}  // namespace kamili::model
