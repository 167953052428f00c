#include "ipc/error_name.h"

namespace kamili::ipc {

std::string VarlinkErrorName(ErrorKind kind) {
    std::string name;
    bool capital = true;
    for (const char c : Text(kind)) {
        if (c != '_') name += capital ? static_cast<char>(c - 'a' + 'A') : c;
        capital = c == '_';
    }
    return name;
}

ErrorKind ErrorKindFromVarlink(std::string_view name) {
    std::string text;
    for (const char c : name) {
        const bool capital = c >= 'A' && c <= 'Z';
        if (capital && !text.empty()) text += '_';
        text += capital ? static_cast<char>(c - 'A' + 'a') : c;
    }
    const auto kind = ErrorKindFromText(text);
    // "timed_out" and its like are no names of the interface: only what reads back is known.
    return kind && VarlinkErrorName(*kind) == name ? *kind : ErrorKind::kSystem;
}

}  // namespace kamili::ipc
