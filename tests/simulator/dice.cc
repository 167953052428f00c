#include "tests/simulator/dice.h"

namespace kamili::simulator {

std::string Dice::Token(std::size_t length) {
    return Text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", length);
}

std::string Dice::Uuid() {
    std::string text;
    for (const std::size_t part : {8u, 4u, 4u, 4u, 12u})
        text += (text.empty() ? "" : "-") + Text("0123456789abcdef", part);
    text[14] = '4';
    return text;
}

}  // namespace kamili::simulator
