#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "ctl/look.h"

namespace kamili::ctl {

// `text` as a QR code of half blocks with its quiet zone, line by line; nothing if it would be
// wider than the terminal, if the width is not known, or if the look allows ASCII or whole words
// only. With colour it is black on white whatever the terminal's own colours are; without, the
// light squares are drawn, as terminals with a dark background need it. Pure.
std::optional<std::string> RenderQrCode(const std::string& text, const Look& look);

}  // namespace kamili::ctl
