#pragma once

#include <string>
#include <string_view>

#include "client/socket_path.h"

namespace kamili::ctl {

// Where the machine says which time zone it is in; tests point elsewhere.
struct ZoneSources {
    std::string localtime_link = "/etc/localtime";
    std::string timezone_file = "/etc/timezone";
    std::string zone_folder = "/usr/share/zoneinfo";
};

// Is there a zone of that IANA name on this machine? "UTC" always.
bool IsZoneName(std::string_view name, const ZoneSources& sources = {});
// The IANA name of the user's own zone: from TZ, the link, the file, else "UTC". A TZ that is a
// rule and not a name ("CET-1CEST") is passed over, since the daemon only knows names.
std::string OwnZoneName(const client::Environment& environment, const ZoneSources& sources = {});

}  // namespace kamili::ctl
