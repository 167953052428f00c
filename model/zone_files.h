#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kamili::model {

// The zone files of the system, below $TZDIR or /usr/share/zoneinfo. Each function reads the disk;
// any thread.

// What the zone file of that name holds. Nothing if there is none, or if it is no zone file. The
// name is a path below the folder: whoever takes it from outside checks it first.
std::optional<std::string> ReadZoneFile(std::string_view name);

// A text that stays the same for as long as no zone file changes, comes or goes, whatever their
// times and the name of the release. Empty if there are none. Some ten milliseconds.
std::string ZoneDataVersion();

// The folder and those below it: where a change of a file is seen.
std::vector<std::string> ZoneFolders();

}  // namespace kamili::model
