#pragma once

#include <string>

#include "base/result.h"
#include "storage/events.h"

namespace kamili::storage {

// What FTS5 is asked for a question: words, "phrases" and pre*, all of which must match, nothing of
// them syntax. kInvalidArgument when there is no word to search for.
Result<std::string> SearchQuery(const SearchQuestion& question);

}  // namespace kamili::storage
