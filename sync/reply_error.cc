#include "sync/reply_error.h"

#include <algorithm>

namespace kamili::sync {

ErrorKind KindOfStatus(int status) {
    switch (status) {
        case 401:
            return ErrorKind::kAuthExpired;
        case 404:
            return ErrorKind::kNotFound;
        case 408:
            return ErrorKind::kTimeout;
        case 409:
        case 412:
            return ErrorKind::kConflict;
        case 410:
            return ErrorKind::kCursorExpired;
        case 429:
            return ErrorKind::kThrottled;
        default:
            break;
    }
    if (status >= 500) return ErrorKind::kServerFault;
    // A success that says nothing, or a redirect: neither is in the protocol.
    return status < 400 ? ErrorKind::kBadReply : ErrorKind::kRejected;
}

bool IsOneOf(std::string_view code, std::initializer_list<std::string_view> known) {
    return std::find(known.begin(), known.end(), code) != known.end();
}

}  // namespace kamili::sync
