#include "client/socket_path.h"

#include <doctest/doctest.h>

#include <string_view>

namespace kamili::client {
namespace {

TEST_CASE("the socket is looked for in the contract's order") {
    const Environment named = [](const char* name) -> std::optional<std::string> {
        if (std::string_view(name) == "KAMILI_SOCKET") return "/x";
        return std::nullopt;
    };
    CHECK(SocketCandidates(named) == std::vector<std::string>{"/x"});
    const Environment both = [](const char* name) -> std::optional<std::string> {
        if (std::string_view(name) == "XDG_RUNTIME_DIR") return "/nowhere/run";
        if (std::string_view(name) == "USER") return "ann";
        return std::nullopt;
    };
    CHECK(SocketCandidates(both) == std::vector<std::string>{"/nowhere/run/kamili/kamilid.sock",
                                                             "/run/kamili/ann/kamilid.sock"});
    CHECK(ChooseSocket(both) == "/nowhere/run/kamili/kamilid.sock");
}

}  // namespace
}  // namespace kamili::client
