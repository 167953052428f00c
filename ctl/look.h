#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/time.h"
#include "ctl/local_time.h"

namespace kamili::ctl {

// How output for people looks.
struct Look {
    bool color = false;
    bool plain = false;       // for screen readers: one thing a line, whole words, no drawing
    bool ascii = false;       // no characters beyond ASCII of our own
    std::size_t columns = 0;  // of the terminal; 0: lines are never cut

    std::string_view ellipsis() const { return ascii || plain ? "~" : "…"; }
    std::string_view arrow() const { return ascii || plain ? "->" : "→"; }
};

enum class Ink { kBold, kDim, kRed, kGreen, kYellow, kCyan };

// `text` in that ink, or as it is without colour. Widths are computed before painting.
std::string Paint(const Look& look, Ink ink, std::string_view text);
// In the colour nearest to "#rrggbb" of the 256 that terminals have; other text is left alone.
std::string PaintLike(const Look& look, std::string_view hex_color, std::string_view text);
// A state of the contract as words ("needs sign-in"), and the ink that goes with it.
std::string StateWords(std::string_view state);
Ink StateInk(std::string_view state);

// What a rendering needs besides the answer itself.
struct View {
    Look look = {};
    UtcTime now{};
    const LocalTime& zone;
};

}  // namespace kamili::ctl
