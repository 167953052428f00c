#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/curl_transport.h"
#include "oauth/settings.h"
#include "sync/driver.h"
#include "sync/providers.h"

namespace kamili::daemon {

// Everything kamili.toml can say, with the defaults of docs/configuration.md.
struct Configuration {
    std::string file;              // where it was looked for
    bool is_file = false;          // false: there is none, all defaults
    std::int64_t modified_ns = 0;  // when the file was last changed; 0 if there is none
    sync::DriverOptions driver;
    sync::ProviderOptions providers;
    oauth::ProviderSettings settings;
    net::CurlOptions http;
    std::size_t connections = 256;
    std::size_t cache_mib = 8;    // the writing connection has twice as much, a reading one 3/4
    std::size_t mapped_mib = 16;  // of the store's file
};

// Reads `file`; a missing one gives the defaults. `credentials` is the folder of systemd's
// credentials or empty. Fails with kBadConfiguration and "FILE:LINE: KEY: what is wrong" for an
// unknown key, a wrong type, a value out of range, a file that cannot be read or is no TOML.
Result<Configuration> ReadConfiguration(const std::string& file, const std::string& credentials);

}  // namespace kamili::daemon
