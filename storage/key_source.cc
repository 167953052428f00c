#include "storage/key_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>

#include "base/descriptor.h"
#include "base/encoding.h"

namespace kamili::storage {
namespace {

constexpr std::size_t kFileBytesMax = 256;

// Open without following a link, so that nobody can point us somewhere else.
Result<Secret> ReadAll(int descriptor, const std::string& path) {
    Secret buffer = Secret::OfSize(kFileBytesMax);
    const auto count = read(descriptor, buffer.writable().data(), kFileBytesMax);
    if (count < 0) return SystemError(fmt::format("cannot read {}", path), errno);
    return Secret(buffer.Reveal().substr(0, static_cast<std::size_t>(count)));
}

int HexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

// 64 hexadecimal digits, one line break at most behind them.
Result<Secret> KeyFromText(const Secret& text, const std::string& path) {
    std::string_view digits = text.Reveal();
    if (digits.ends_with('\n')) digits.remove_suffix(1);
    Secret key = Secret::OfSize(kMasterKeyBytes);
    bool good = digits.size() == 2 * kMasterKeyBytes;
    for (std::size_t i = 0; good && i < kMasterKeyBytes; ++i) {
        const int high = HexDigit(digits[2 * i]);
        const int low = HexDigit(digits[2 * i + 1]);
        good = high >= 0 && low >= 0;
        if (good) key.writable()[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    if (good) return key;
    return Error{.kind = ErrorKind::kKeyWrong,
                 .message = fmt::format("{} does not hold a key", path),
                 .hint = "a key file has 64 hexadecimal digits; bring it back from a backup"};
}

Status CheckAccess(int descriptor, const std::string& path) {
    struct stat found {};
    if (fstat(descriptor, &found) != 0)
        return SystemError(fmt::format("cannot look at {}", path), errno);
    if (!S_ISREG(found.st_mode))
        return Error{.kind = ErrorKind::kPermissionDenied,
                     .message = fmt::format("{} is not a regular file", path)};
    if (found.st_uid != geteuid())
        return Error{.kind = ErrorKind::kPermissionDenied,
                     .message = fmt::format("the key file {} belongs to another user", path),
                     .hint = "chown it to the user of the daemon"};
    if ((found.st_mode & 077) != 0)
        return Error{.kind = ErrorKind::kPermissionDenied,
                     .message = fmt::format("the key file {} can be read by others", path),
                     .hint = fmt::format("chmod 600 {}, and think about a new key", path)};
    return {};
}

Status WriteKey(int descriptor, const Secret& key, const std::string& path) {
    const Secret text = FormatKeyText(key);
    const auto count = write(descriptor, text.bytes().data(), text.size());
    if (count != static_cast<ssize_t>(text.size()) || fsync(descriptor) != 0)
        return SystemError(fmt::format("cannot write the key file {}", path), errno);
    return {};
}

Status SyncFolder(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    const Descriptor open_folder(
        open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (open_folder.get() < 0 || fsync(open_folder.get()) != 0)
        return SystemError(fmt::format("cannot sync the folder of {}", path), errno);
    return {};
}

}  // namespace

Result<Secret> ReadKeyFile(const std::string& path) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() < 0) {
        if (errno == ENOENT)
            return Error{.kind = ErrorKind::kKeyMissing,
                         .message = fmt::format("there is no key file {}", path)};
        if (errno == EACCES || errno == ELOOP)
            return Error{.kind = ErrorKind::kPermissionDenied,
                         .message = fmt::format("the key file {} cannot be opened", path),
                         .hint = "it must be a file of the daemon's user, with mode 600"};
        return SystemError(fmt::format("cannot open the key file {}", path), errno);
    }
    if (auto allowed = CheckAccess(file.get(), path); !allowed) return std::move(allowed).error();
    auto text = ReadAll(file.get(), path);
    if (!text) return text;
    return KeyFromText(*text, path);
}

Secret FormatKeyText(const Secret& key) {
    constexpr char kDigits[] = "0123456789abcdef";
    Secret text = Secret::OfSize(2 * kMasterKeyBytes + 1);
    for (std::size_t i = 0; i < kMasterKeyBytes; ++i) {
        text.writable()[2 * i] = static_cast<std::uint8_t>(kDigits[key.bytes()[i] >> 4]);
        text.writable()[2 * i + 1] = static_cast<std::uint8_t>(kDigits[key.bytes()[i] & 15]);
    }
    text.writable()[2 * kMasterKeyBytes] = '\n';
    return text;
}

Result<Secret> ParseKeyText(const Secret& text) { return KeyFromText(text, "the text"); }

Result<Secret> CreateKeyFile(const std::string& path, Random& random) {
    const std::string fresh = path + ".new";
    unlink(fresh.c_str());
    Secret key = Secret::OfSize(kMasterKeyBytes);
    random.Fill(key.writable());
    {
        const Descriptor file(
            open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (file.get() < 0)
            return SystemError(fmt::format("cannot make the key file {}", fresh), errno);
        if (auto written = WriteKey(file.get(), key, fresh); !written)
            return std::move(written).error();
    }
    // link fails when the name is taken, rename would overwrite.
    if (link(fresh.c_str(), path.c_str()) != 0) {
        const int fault = errno;
        unlink(fresh.c_str());
        return SystemError(fmt::format("cannot name the key file {}", path), fault);
    }
    unlink(fresh.c_str());
    if (auto synced = SyncFolder(path); !synced) return std::move(synced).error();
    return key;
}

Result<Secret> ReadKeyCredential(const std::string& directory) {
    const std::string path = directory + "/kamili.key";
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        if (errno == ENOENT)
            return Error{.kind = ErrorKind::kKeyMissing,
                         .message = "there is no credential kamili.key"};
        return SystemError("cannot open the credential kamili.key", errno);
    }
    auto text = ReadAll(file.get(), path);
    if (!text) return text;
    if (text->size() == kMasterKeyBytes) return text;
    return KeyFromText(*text, "the credential kamili.key");
}

}  // namespace kamili::storage
