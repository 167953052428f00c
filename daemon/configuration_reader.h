#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace kamili::daemon {

// "5m": a whole number and one of ms, s, m, h, d. Nothing for anything else.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);

// Reads a TOML file key by key and keeps the first fault, with file, line and key. Every key that
// was not asked for is a fault: a misspelt one must not be ignored.
class ConfigurationReader {
  public:
    template <typename T>
    struct Bounds {
        T min;
        T max;
    };

    // A value that was there, for faults found later.
    class Place {
      public:
        Place(ConfigurationReader& reader, std::string key) : reader_(reader), key_(key) {}
        void Fail(const std::string& what) const { reader_.FailAt(key_, what); }

      private:
        ConfigurationReader& reader_;
        std::string key_;
    };

    // One [table] of the file. A key that is absent leaves its value as it is.
    class SectionReader {
      public:
        SectionReader(ConfigurationReader& reader, std::string name);
        std::optional<Place> Text(const char* key, std::string& out);
        void SecretText(const char* key, Secret& out);
        void Duration(const char* key, Bounds<std::chrono::milliseconds> bounds,
                      std::chrono::milliseconds& out);
        void Number(const char* key, Bounds<std::int64_t> bounds, std::size_t& out);
        void Flag(const char* key, bool& out);
        // Keys that nobody asked for are faults.
        void Finish();

      private:
        std::string Name(const char* key) const { return name_ + "." + key; }
        ConfigurationReader& reader_;
        std::string name_;
        std::set<std::string, std::less<>> asked_;
    };

    // A missing file reads as an empty one. Fails if it cannot be read or is no TOML.
    static Result<ConfigurationReader> Open(const std::string& file);
    ConfigurationReader(ConfigurationReader&&) noexcept;
    ConfigurationReader& operator=(ConfigurationReader&&) = delete;
    ~ConfigurationReader();

    bool is_file() const;
    SectionReader Section(const char* name) { return {*this, name}; }
    // Tables and keys at the top that no Section asked for are faults.
    void FinishSections();
    // Keeps the fault if it is the first. `key` is "section.key".
    void FailAt(const std::string& key, const std::string& what);
    std::optional<Error> TakeError();

  private:
    struct Impl;
    explicit ConfigurationReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace kamili::daemon
