#include "ctl/qr_code.h"

#include <qrencode.h>

#include <memory>

namespace kamili::ctl {
namespace {

constexpr int kQuietZone = 4;  // squares around the code that stay light, as the standard asks

class Squares {
  public:
    explicit Squares(const QRcode& code) : code_(code) {}

    int width() const { return code_.width + 2 * kQuietZone; }
    bool IsDark(int x, int y) const {
        x -= kQuietZone;
        y -= kQuietZone;
        if (x < 0 || y < 0 || x >= code_.width || y >= code_.width) return false;
        return (code_.data[y * code_.width + x] & 1) != 0;
    }

  private:
    const QRcode& code_;
};

// Two squares, one above the other, in one character; `upper` and `lower` are drawn in the ink.
const char* HalfBlocks(bool upper, bool lower) {
    if (upper && lower) return "█";
    if (upper) return "▀";
    return lower ? "▄" : " ";
}

std::string Line(const Squares& squares, int y, bool color) {
    // With colour the ink is black and draws what is dark; without, it is the terminal's own.
    std::string line;
    for (int x = 0; x < squares.width(); ++x)
        line += HalfBlocks(squares.IsDark(x, y) == color, squares.IsDark(x, y + 1) == color);
    return color ? "\x1b[38;5;16;48;5;231m" + line + "\x1b[0m" : line;
}

}  // namespace

std::optional<std::string> RenderQrCode(const std::string& text, const Look& look) {
    if (look.ascii || look.plain) return std::nullopt;
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L), QRcode_free);
    if (!code) return std::nullopt;
    const Squares squares(*code);
    if (static_cast<std::size_t>(squares.width()) > look.columns) return std::nullopt;
    std::string drawn;
    // The line below an odd last one is outside, and light.
    for (int y = 0; y < squares.width(); y += 2) drawn += Line(squares, y, look.color) + "\n";
    return drawn;
}

}  // namespace kamili::ctl
