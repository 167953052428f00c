#include "daemon/master_key.h"

#include <fmt/format.h>

#include <filesystem>

#include "storage/key_source.h"

namespace kamili::daemon {
namespace {

bool Exists(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

Result<MasterKey> From(Result<Secret> key, KeyOrigin origin, bool made_now) {
    if (!key) return std::move(key).error();
    return MasterKey{.key = std::move(*key), .origin = origin, .made_now = made_now};
}

}  // namespace

Result<MasterKey> LoadMasterKey(const Places& places, Random& random) {
    if (!places.credentials.empty() && Exists(places.credentials + "/kamili.key"))
        return From(storage::ReadKeyCredential(places.credentials), KeyOrigin::kCredential, false);
    auto key = storage::ReadKeyFile(places.key_file());
    if (key || key.error().kind != ErrorKind::kKeyMissing)
        return From(std::move(key), KeyOrigin::kKeyFile, false);
    if (Exists(places.store()))
        return Error{
            .kind = ErrorKind::kKeyMissing,
            .message = fmt::format("there is a store but no key file {}", places.key_file()),
            .hint =
                "bring the key file back from a backup, or move the store away to "
                "begin anew"};
    return From(storage::CreateKeyFile(places.key_file(), random), KeyOrigin::kKeyFile, true);
}

}  // namespace kamili::daemon
