#include "daemon/index_upkeep.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "storage/range_index.h"

namespace kamili::daemon {
namespace {

constexpr std::chrono::hours kLookAgain{12};
constexpr char kZoneFolder[] = "/usr/share/zoneinfo";

}  // namespace

std::string ZoneDataVersion() {
    const char* own = std::getenv("TZDIR");
    const std::string folder = own && *own ? own : kZoneFolder;
    // "# version 2025b"
    std::ifstream file(folder + "/tzdata.zi");
    std::string mark, word, version;
    if (file >> mark >> word >> version && word == "version") return version.substr(0, 32);
    struct stat about {};
    if (stat(folder.c_str(), &about) != 0) return "";
    return fmt::format("folder of {}", about.st_mtime);
}

void IndexUpkeep::Run() {
    storage::Upkeep upkeep{.now = clock_.UtcNow(), .zone_data = zone_data_};
    store_.WriteFor<bool>(
        [upkeep = std::move(upkeep)](storage::Txn& txn) { return KeepIndex(txn, upkeep); },
        [weak = weak_from_this()](Result<bool> more) {
            const auto self = weak.lock();
            if (!self) return;
            if (!more) {
                self->log_.Warn("the range index could not be kept, queries stay slow",
                                {{"kind", Text(more.error().kind)}});
                return self->Later();
            }
            if (*more) {
                self->building_ = true;
                return self->Run();
            }
            if (std::exchange(self->building_, false)) self->log_.Info("built the range index");
            self->Later();
        });
}

void IndexUpkeep::Later() {
    timer_ = loop_.RunAt(clock_.Now() + kLookAgain, [this] { Run(); });
}

}  // namespace kamili::daemon
