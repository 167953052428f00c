#pragma once

#include <string>

namespace kamili::simulator {

// How an exchange over a socket went, from the client's side.
struct Exchange {
    enum class End { kComplete, kCut, kReset, kSilence, kNoConnection, kUntrusted };
    End end = End::kNoConnection;
    int status = 0;
    std::string head;
    std::string body;  // as it came over the wire
};

// A blocking client for tests of the server, one request a connection unless `repeat` says more
// (then the last exchange is returned). `ca_pem` empty: plain HTTP. Gives up after `patience_ms`
// of silence.
Exchange Ask(int port, const std::string& ca_pem, const std::string& request, int patience_ms,
             int repeat = 1);
// "GET target" with those header lines (each ended by CRLF).
std::string GetRequest(const std::string& target, const std::string& headers = "");

}  // namespace kamili::simulator
