#include "base/journal_log.h"

#include "base/check.h"

#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

namespace kamili {
namespace {

std::string Clean(std::string_view text) {
    std::string clean(text);
    for (char& c : clean)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return clean;
}

std::string_view Word(LogLevel level) {
    switch (level) {
        case LogLevel::kError:
            return "error";
        case LogLevel::kWarn:
            return "warn";
        case LogLevel::kInfo:
            return "info";
        case LogLevel::kDebug:
            return "debug";
    }
    KAMILI_CHECK(false);
    return "";
}

int Priority(LogLevel level) {
    switch (level) {
        case LogLevel::kError:
            return LOG_ERR;
        case LogLevel::kWarn:
            return LOG_WARNING;
        case LogLevel::kInfo:
            return LOG_INFO;
        case LogLevel::kDebug:
            return LOG_DEBUG;
    }
    KAMILI_CHECK(false);
    return LOG_ERR;
}

std::string Line(std::string_view message, Log::Fields fields) {
    std::string line = Clean(message);
    for (const LogField& field : fields)
        line += " " + std::string(field.name) + "=" + Clean(field.value);
    return line;
}

class StderrLog final : public Log {
  public:
    explicit StderrLog(LogLevel level) : level_(level) {}
    void Write(LogLevel level, std::string_view message, Fields fields) override {
        if (level > level_) return;
        const std::string line = std::string(Word(level)) + ": " + Line(message, fields) + "\n";
        // One write, so that lines of several threads do not mix.
        [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
    }

  private:
    const LogLevel level_;
};

class JournalLog final : public Log {
  public:
    explicit JournalLog(LogLevel level) : level_(level) {}
    void Write(LogLevel level, std::string_view message, Fields fields) override {
        if (level > level_) return;
        std::vector<std::string> entries = {"MESSAGE=" + Line(message, fields),
                                            "PRIORITY=" + std::to_string(Priority(level))};
        for (const LogField& field : fields) entries.push_back(Entry(field));
        std::vector<iovec> parts;
        for (std::string& entry : entries) parts.push_back({entry.data(), entry.size()});
        sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
    }

  private:
    // Journal field names are capitals, digits and underscores.
    static std::string Entry(const LogField& field) {
        std::string entry = "KAMILI_";
        for (const char c : field.name)
            entry += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        return entry + "=" + Clean(field.value);
    }
    const LogLevel level_;
};

// JOURNAL_STREAM holds "device:inode" of the journal's stream; it is ours only if standard error
// still is that stream (systemd.exec(5)).
bool IsStderrTheJournal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat found {};
    if (!stream || fstat(STDERR_FILENO, &found) != 0) return false;
    return std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino) == stream;
}

}  // namespace

std::unique_ptr<Log> MakeLog(LogLevel level) {
    if (IsStderrTheJournal()) return std::make_unique<JournalLog>(level);
    return std::make_unique<StderrLog>(level);
}

}  // namespace kamili
