#include "cmake/json_once.h"

template class nlohmann::basic_json<>;
