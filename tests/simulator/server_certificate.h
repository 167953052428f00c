#pragma once

#include <string>

namespace kamili::simulator {

// A certificate authority and a certificate for 127.0.0.1, ::1 and localhost that it signed, both
// made anew and valid for a week.
struct Certificates {
    std::string ca_pem;
    std::string certificate_pem;
    std::string key_pem;
};
// Stops the program if OpenSSL cannot make them.
Certificates MakeCertificates();

}  // namespace kamili::simulator
