#include "ctl/look.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/encoding.h"

namespace kamili::ctl {
namespace {

const char* Code(Ink ink) {
    switch (ink) {
        case Ink::kBold:
            return "1";
        case Ink::kDim:
            return "2";
        case Ink::kRed:
            return "31";
        case Ink::kGreen:
            return "32";
        case Ink::kYellow:
            return "33";
        case Ink::kCyan:
            return "36";
    }
    KAMILI_CHECK(false);
    return "";
}

// The index in a 6-step colour cube whose steps are 0, 95, 135, 175, 215, 255.
int CubeStep(std::uint8_t value) {
    if (value < 48) return 0;
    if (value < 115) return 1;
    return (value - 35) / 40;
}

}  // namespace

std::string Paint(const Look& look, Ink ink, std::string_view text) {
    if (!look.color || text.empty()) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", Code(ink), text);
}

std::string PaintLike(const Look& look, std::string_view hex_color, std::string_view text) {
    if (!look.color || text.empty() || hex_color.size() != 7 || hex_color.front() != '#')
        return std::string(text);
    const auto rgb = ParseHex(hex_color.substr(1));
    if (!rgb || rgb->size() != 3) return std::string(text);
    const int index = 16 + 36 * CubeStep((*rgb)[0]) + 6 * CubeStep((*rgb)[1]) + CubeStep((*rgb)[2]);
    return fmt::format("\x1b[38;5;{}m{}\x1b[0m", index, text);
}

std::string StateWords(std::string_view state) {
    if (state == "needs_sign_in") return "needs sign-in";
    std::string words(state);
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

Ink StateInk(std::string_view state) {
    if (state == "ok") return Ink::kGreen;
    if (state == "syncing") return Ink::kCyan;
    if (state == "paused" || state == "disabled") return Ink::kDim;
    if (state == "offline" || state == "throttled" || state == "starting") return Ink::kYellow;
    return Ink::kRed;
}

}  // namespace kamili::ctl
