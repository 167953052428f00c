#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace kamili::testing {

template <auto kFree>
struct FreeWith {
    template <typename T>
    void operator()(T* object) const noexcept {
        kFree(object);
    }
};
using CertificateHandle = std::unique_ptr<X509, FreeWith<X509_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

// A certificate and its key, made on the spot.
struct Identity {
    CertificateHandle certificate;
    KeyHandle key;
};

// Valid from a day ago for `days` (negative: it has expired).
struct CertificateWish {
    std::string subject = "IP:127.0.0.1";  // a subjectAltName
    int days = 2;
    bool authority = false;
};

// Signed by `issuer`, by itself without one.
Identity MakeIdentity(const CertificateWish& wish, const Identity* issuer = nullptr);
// PEM into a file.
void WriteCertificate(const Identity& identity, const std::string& path);

}  // namespace kamili::testing
