#include "daemon/configuration_reader.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace kamili::daemon {

using std::chrono::milliseconds;

struct ConfigurationReader::Impl {
    std::string file;
    bool is_file = false;
    toml::table root;
    std::set<std::string, std::less<>> sections;
    std::optional<Error> error;

    const toml::table* Table(const std::string& name) const { return root[name].as_table(); }
    const toml::node* Node(const std::string& section, std::string_view key) const {
        const toml::table* table = Table(section);
        return table ? table->get(key) : nullptr;
    }
    // The line of "section.key", of the section if the key is not there, or 0.
    unsigned Line(const std::string& key) const {
        const auto dot = key.find('.');
        const toml::node* section = root.get(key.substr(0, dot));
        if (!section) return 0;
        const toml::node* node =
            dot == std::string::npos ? nullptr : Node(key.substr(0, dot), key.substr(dot + 1));
        return static_cast<unsigned>((node ? node : section)->source().begin.line);
    }
};

std::optional<milliseconds> ParseDuration(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc() || number < 0) return std::nullopt;
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    const std::pair<std::string_view, std::int64_t> units[] = {
        {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
    for (const auto& [name, factor] : units)
        if (unit == name && number <= INT64_MAX / factor / 1000)
            return milliseconds(number * factor);
    return std::nullopt;
}

namespace {

Error Unreadable(const std::string& file, const std::string& what) {
    return {.kind = ErrorKind::kBadConfiguration,
            .message = fmt::format("{}: {}", file, what),
            .hint = "see docs/configuration.md for what it may hold"};
}

}  // namespace

Result<ConfigurationReader> ConfigurationReader::Open(const std::string& file) {
    auto impl = std::make_unique<Impl>();
    impl->file = file;
    std::error_code code;
    const bool exists = std::filesystem::exists(file, code);
    if (code) return Unreadable(file, code.message());
    if (!exists) return ConfigurationReader(std::move(impl));
    if (std::filesystem::is_directory(file, code)) return Unreadable(file, "is a folder");
    std::ifstream in(file, std::ios::binary);
    if (!in) return Unreadable(file, "cannot be read; check its permissions");
    std::stringstream text;
    text << in.rdbuf();
    impl->is_file = true;
    try {
        impl->root = toml::parse(text.str(), file);
    } catch (const toml::parse_error& fault) {
        return Unreadable(fmt::format("{}:{}", file, fault.source().begin.line),
                          fmt::format("not valid TOML: {}", fault.description()));
    }
    return ConfigurationReader(std::move(impl));
}

ConfigurationReader::ConfigurationReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ConfigurationReader::ConfigurationReader(ConfigurationReader&&) noexcept = default;
ConfigurationReader::~ConfigurationReader() = default;

bool ConfigurationReader::is_file() const { return impl_->is_file; }

void ConfigurationReader::FailAt(const std::string& key, const std::string& what) {
    if (impl_->error) return;
    const unsigned line = impl_->Line(key);
    const std::string place =
        line ? fmt::format("{}:{}", impl_->file, line) : std::string(impl_->file);
    impl_->error = Unreadable(place, fmt::format("{}: {}", key, what));
}

void ConfigurationReader::FinishSections() {
    for (const auto& [key, node] : impl_->root)
        if (!impl_->sections.contains(key.str()))
            FailAt(std::string(key.str()), node.is_table() ? "unknown section" : "unknown key");
}

std::optional<Error> ConfigurationReader::TakeError() { return std::move(impl_->error); }

ConfigurationReader::SectionReader::SectionReader(ConfigurationReader& reader, std::string name)
    : reader_(reader), name_(std::move(name)) {
    reader_.impl_->sections.insert(name_);
    if (reader_.impl_->root.contains(name_) && !reader_.impl_->Table(name_))
        reader_.FailAt(name_, "must be a section, as in [" + name_ + "]");
}

std::optional<ConfigurationReader::Place> ConfigurationReader::SectionReader::Text(
    const char* key, std::string& out) {
    asked_.insert(key);
    const toml::node* node = reader_.impl_->Node(name_, key);
    if (!node) return std::nullopt;
    const auto* text = node->as_string();
    if (!text) {
        reader_.FailAt(Name(key), "must be text in quotes");
        return std::nullopt;
    }
    out = text->get();
    return Place(reader_, Name(key));
}

void ConfigurationReader::SectionReader::SecretText(const char* key, Secret& out) {
    std::string text;
    if (Text(key, text)) out = Secret(text);
    WipeMemory(text.data(), text.size());
}

void ConfigurationReader::SectionReader::Duration(const char* key, Bounds<milliseconds> bounds,
                                                  milliseconds& out) {
    std::string text;
    const auto place = Text(key, text);
    if (!place) return;
    const auto value = ParseDuration(text);
    if (!value)
        place->Fail("must be a number and one of ms, s, m, h, d, as in \"5m\"");
    else if (*value < bounds.min || *value > bounds.max)
        place->Fail(fmt::format("must be between {} and {} seconds", bounds.min.count() / 1000,
                                bounds.max.count() / 1000));
    else
        out = *value;
}

void ConfigurationReader::SectionReader::Number(const char* key, Bounds<std::int64_t> bounds,
                                                std::size_t& out) {
    asked_.insert(key);
    const toml::node* node = reader_.impl_->Node(name_, key);
    if (!node) return;
    const auto* number = node->as_integer();
    if (!number || number->get() < bounds.min || number->get() > bounds.max)
        return reader_.FailAt(
            Name(key), fmt::format("must be a whole number from {} to {}", bounds.min, bounds.max));
    out = static_cast<std::size_t>(number->get());
}

void ConfigurationReader::SectionReader::Flag(const char* key, bool& out) {
    asked_.insert(key);
    const toml::node* node = reader_.impl_->Node(name_, key);
    if (!node) return;
    if (const auto* flag = node->as_boolean())
        out = flag->get();
    else
        reader_.FailAt(Name(key), "must be true or false");
}

void ConfigurationReader::SectionReader::Finish() {
    const toml::table* table = reader_.impl_->Table(name_);
    if (!table) return;
    for (const auto& [key, node] : *table)
        if (!asked_.contains(key.str()))
            reader_.FailAt(name_ + "." + std::string(key.str()), "unknown key");
}

}  // namespace kamili::daemon
