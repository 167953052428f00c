#include "tests/support/test_certificates.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>

#include "base/check.h"

namespace kamili::testing {
namespace {

constexpr long kDay = 24 * 60 * 60;

void AddExtension(X509* certificate, int name, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, name, value.c_str()));
    KAMILI_CHECK(extension != nullptr);
    X509_add_ext(certificate, extension.get(), -1);
}

void SetTimes(X509* certificate, int days) {
    X509_gmtime_adj(X509_getm_notBefore(certificate), days < 0 ? -10 * kDay : -kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate), days * kDay);
}

}  // namespace

Identity MakeIdentity(const CertificateWish& wish, const Identity* issuer) {
    static long serial = 0;
    Identity made{CertificateHandle(X509_new()), KeyHandle(EVP_EC_gen("P-256"))};
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    SetTimes(certificate, wish.days);
    X509_NAME* name = X509_get_subject_name(certificate);
    const std::string text = wish.authority ? "test authority" : "test server";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate,
                         issuer ? X509_get_subject_name(issuer->certificate.get()) : name);
    X509_set_pubkey(certificate, made.key.get());
    if (wish.authority)
        AddExtension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    else
        AddExtension(certificate, NID_subject_alt_name, wish.subject);
    EVP_PKEY* signer = issuer ? issuer->key.get() : made.key.get();
    KAMILI_CHECK(X509_sign(certificate, signer, EVP_sha256()) > 0);
    return made;
}

void WriteCertificate(const Identity& identity, const std::string& path) {
    const std::unique_ptr<FILE, FreeWith<fclose>> file(std::fopen(path.c_str(), "w"));
    KAMILI_CHECK(file != nullptr);
    KAMILI_CHECK(PEM_write_X509(file.get(), identity.certificate.get()) == 1);
}

}  // namespace kamili::testing
