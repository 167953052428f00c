#include "tests/simulator/graph_ids.h"

#include <string_view>

namespace kamili::simulator {
namespace {

constexpr std::string_view kClassic =
    "AAMkADRiNmQwYzFlLTUyZjctNGMwYS05ZDFiLTdhM2U1ZjJjODg0MQBGAAAAAACC";
constexpr std::string_view kImmutable = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A";
constexpr std::string_view kItemTail = "AAA=";
constexpr std::string_view kOccurrenceMark = "FRAA";
constexpr std::string_view kOccurrenceTail = "EA==";
constexpr std::size_t kCore = 24;
constexpr std::size_t kDate = 8;

bool EndsWith(std::string_view text, std::string_view tail) {
    return text.size() >= tail.size() && text.substr(text.size() - tail.size()) == tail;
}

}  // namespace

std::string GraphId(const std::string& core, IdForm form) {
    const std::string prefix(form == IdForm::kClassic ? kClassic : kImmutable);
    const std::size_t dot = core.find('.');
    if (dot == std::string::npos) return prefix + core + std::string(kItemTail);
    return prefix + core.substr(0, dot) + std::string(kOccurrenceMark) + core.substr(dot + 1) +
           std::string(kOccurrenceTail);
}

std::optional<std::string> CoreOfGraphId(const std::string& id) {
    for (const std::string_view prefix : {kClassic, kImmutable}) {
        if (id.compare(0, prefix.size(), prefix) != 0) continue;
        const std::string rest = id.substr(prefix.size());
        if (rest.size() == kCore + kItemTail.size() && EndsWith(rest, kItemTail))
            return rest.substr(0, kCore);
        if (rest.size() == kCore + kOccurrenceMark.size() + kDate + kOccurrenceTail.size() &&
            rest.compare(kCore, kOccurrenceMark.size(), kOccurrenceMark) == 0 &&
            EndsWith(rest, kOccurrenceTail))
            return rest.substr(0, kCore) + "." + rest.substr(kCore + kOccurrenceMark.size(), kDate);
    }
    return std::nullopt;
}

std::string OccurrenceOid(const std::string& master_id, const When& original) {
    return "OID." + master_id + "." + DateText(original.wall);
}

std::string RemoteId(Service service, const SimEvent& event) {
    if (service == Service::kGoogle) return event.id;
    if (event.removed_occurrence)
        return OccurrenceOid(GraphId(event.series, IdForm::kImmutable), *event.original);
    return GraphId(event.id, IdForm::kImmutable);
}

}  // namespace kamili::simulator
