#include "tests/simulator/graph_ids.h"

#include <string_view>

namespace kamili::simulator {
namespace {

constexpr std::string_view kClassic =
    "AAMkADRiNmQwYzFlLTUyZjctNGMwYS05ZDFiLTdhM2U1ZjJjODg0MQBGAAAAAACC";
// The classic prefix's last letter, by the number of moves.
constexpr std::string_view kMoves = "CDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
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

std::string GraphId(const std::string& core, IdForm form, int moves) {
    std::string prefix(form == IdForm::kClassic ? kClassic : kImmutable);
    if (form == IdForm::kClassic)
        prefix.back() = kMoves[static_cast<std::size_t>(moves) % kMoves.size()];
    const std::size_t dot = core.find('.');
    if (dot == std::string::npos) return prefix + core + std::string(kItemTail);
    return prefix + core.substr(0, dot) + std::string(kOccurrenceMark) + core.substr(dot + 1) +
           std::string(kOccurrenceTail);
}

std::optional<int> MovesOfGraphId(const std::string& id) {
    constexpr std::size_t kStem = kClassic.size() - 1;
    if (id.size() <= kStem || id.compare(0, kStem, kClassic.substr(0, kStem)) != 0)
        return std::nullopt;
    const std::size_t moves = kMoves.find(id[kStem]);
    if (moves == std::string_view::npos) return std::nullopt;
    return static_cast<int>(moves);
}

std::optional<std::string> CoreOfGraphId(const std::string& id) {
    const bool immutable = id.compare(0, kImmutable.size(), kImmutable) == 0;
    if (!immutable && !MovesOfGraphId(id)) return std::nullopt;
    const std::string rest = id.substr(immutable ? kImmutable.size() : kClassic.size());
    if (rest.size() == kCore + kItemTail.size() && EndsWith(rest, kItemTail))
        return rest.substr(0, kCore);
    const std::size_t date_at = kCore + kOccurrenceMark.size();
    const std::size_t shortest = date_at + kDate + kOccurrenceTail.size();
    if ((rest.size() == shortest || rest.size() == shortest + 1) &&
        rest.compare(kCore, kOccurrenceMark.size(), kOccurrenceMark) == 0 &&
        EndsWith(rest, kOccurrenceTail))
        return rest.substr(0, kCore) + "." +
               rest.substr(date_at, rest.size() - date_at - kOccurrenceTail.size());
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
