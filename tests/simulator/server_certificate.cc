#include "tests/simulator/server_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

#include "base/check.h"

namespace kamili::simulator {
namespace {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freed<X509_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

constexpr long kWeek = 7L * 24 * 3600;
constexpr long kClockTolerance = 24L * 3600;

void AddExtension(X509* certificate, X509* issuer, int id, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
    KAMILI_CHECK(extension != nullptr);
    KAMILI_CHECK(X509_add_ext(certificate, extension.get(), -1) == 1);
}

Cert NewCertificate(EVP_PKEY* key, const char* name, X509* issuer) {
    Cert certificate(X509_new());
    KAMILI_CHECK(certificate != nullptr);
    X509_set_version(certificate.get(), 2);
    std::array<unsigned char, 8> serial{};
    KAMILI_CHECK(RAND_bytes(serial.data(), int(serial.size())) == 1);
    std::uint64_t number = 0;
    for (const unsigned char byte : serial) number = number << 8 | byte;
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), number >> 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kClockTolerance);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kWeek);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate.get(),
                         X509_get_subject_name(issuer == nullptr ? certificate.get() : issuer));
    return certificate;
}

std::string Content(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string Pem(X509* certificate) {
    const Memory memory(BIO_new(BIO_s_mem()));
    KAMILI_CHECK(PEM_write_bio_X509(memory.get(), certificate) == 1);
    return Content(memory.get());
}

std::string Pem(EVP_PKEY* key) {
    const Memory memory(BIO_new(BIO_s_mem()));
    KAMILI_CHECK(
        PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return Content(memory.get());
}

Key NewKey() {
    Key key(EVP_EC_gen("P-256"));
    KAMILI_CHECK(key != nullptr);
    return key;
}

}  // namespace

Certificates MakeCertificates() {
    const Key ca_key = NewKey();
    const Cert ca = NewCertificate(ca_key.get(), "Kamili simulator CA", nullptr);
    AddExtension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
    AddExtension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    AddExtension(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
    KAMILI_CHECK(X509_sign(ca.get(), ca_key.get(), EVP_sha256()) > 0);

    const Key key = NewKey();
    const Cert certificate = NewCertificate(key.get(), "127.0.0.1", ca.get());
    AddExtension(certificate.get(), ca.get(), NID_subject_alt_name,
                 "IP:127.0.0.1,IP:::1,DNS:localhost");
    AddExtension(certificate.get(), ca.get(), NID_ext_key_usage, "serverAuth");
    AddExtension(certificate.get(), ca.get(), NID_authority_key_identifier, "keyid");
    KAMILI_CHECK(X509_sign(certificate.get(), ca_key.get(), EVP_sha256()) > 0);
    return {Pem(ca.get()), Pem(certificate.get()), Pem(key.get())};
}

}  // namespace kamili::simulator
