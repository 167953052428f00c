#include "storage/cipher.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/check.h"

namespace kamili::storage {
namespace {

// Sessions kept by one open file: every start of the daemon begins one, and pages that nobody
// rewrites stay under theirs. About 1 KiB each.
constexpr std::size_t kContextsMax = 256;

struct FreeKdf {
    void operator()(EVP_KDF* kdf) const noexcept { EVP_KDF_free(kdf); }
};
struct FreeMac {
    void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
};
struct FreeKdfContext {
    void operator()(EVP_KDF_CTX* context) const noexcept { EVP_KDF_CTX_free(context); }
};

int Size(std::size_t size) { return static_cast<int>(size); }

CipherContext NewGcm(Bytes key, bool seal) {
    CipherContext context(EVP_CIPHER_CTX_new());
    KAMILI_CHECK(context != nullptr);
    KAMILI_CHECK(EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nullptr,
                                   seal ? 1 : 0) == 1);
    return context;
}

void SealWith(EVP_CIPHER_CTX* context, Bytes nonce, Bytes aad, Bytes in, std::uint8_t* out,
              std::uint8_t* tag) {
    int size = 0;
    KAMILI_CHECK(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) == 1);
    KAMILI_CHECK(EVP_EncryptUpdate(context, nullptr, &size, aad.data(), Size(aad.size())) == 1);
    KAMILI_CHECK(EVP_EncryptUpdate(context, out, &size, in.data(), Size(in.size())) == 1);
    KAMILI_CHECK(EVP_EncryptFinal_ex(context, out + size, &size) == 1);
    KAMILI_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Size(kTagBytes), tag) == 1);
}

bool OpenWith(EVP_CIPHER_CTX* context, Bytes nonce, Bytes aad, Bytes in, std::uint8_t* out,
              const std::uint8_t* tag) {
    int size = 0;
    std::array<std::uint8_t, kTagBytes> expected{};
    std::copy(tag, tag + kTagBytes, expected.begin());
    KAMILI_CHECK(EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) == 1);
    KAMILI_CHECK(EVP_DecryptUpdate(context, nullptr, &size, aad.data(), Size(aad.size())) == 1);
    KAMILI_CHECK(EVP_DecryptUpdate(context, out, &size, in.data(), Size(in.size())) == 1);
    KAMILI_CHECK(
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Size(kTagBytes), expected.data()) == 1);
    return EVP_DecryptFinal_ex(context, out + size, &size) == 1;
}

void AesBlock(Bytes key, const std::uint8_t* in, std::uint8_t* out) {
    CipherContext context(EVP_CIPHER_CTX_new());
    int size = 0;
    KAMILI_CHECK(
        EVP_EncryptInit_ex(context.get(), EVP_aes_256_ecb(), nullptr, key.data(), nullptr) == 1);
    EVP_CIPHER_CTX_set_padding(context.get(), 0);
    KAMILI_CHECK(EVP_EncryptUpdate(context.get(), out, &size, in, 16) == 1);
}

}  // namespace

void FreeCipherContext::operator()(evp_cipher_ctx_st* context) const noexcept {
    EVP_CIPHER_CTX_free(context);
}

Secret DeriveKey(const Secret& key, Bytes salt, std::string_view purpose, Bytes context) {
    const std::unique_ptr<EVP_KDF, FreeKdf> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
    const std::unique_ptr<EVP_KDF_CTX, FreeKdfContext> derive(EVP_KDF_CTX_new(kdf.get()));
    KAMILI_CHECK(derive != nullptr);
    std::string info(purpose);
    info.append(reinterpret_cast<const char*>(context.data()), context.size());
    char digest[] = "SHA256";
    auto* key_data = const_cast<std::uint8_t*>(key.bytes().data());
    auto* salt_data = const_cast<std::uint8_t*>(salt.data());
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key_data, key.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt_data, salt.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
        OSSL_PARAM_construct_end()};
    Secret out = Secret::OfSize(kKeyBytes);
    KAMILI_CHECK(EVP_KDF_derive(derive.get(), out.writable().data(), kKeyBytes, parameters) == 1);
    return out;
}

std::array<std::uint8_t, 32> HmacSha256(const Secret& key, Bytes data) {
    std::array<std::uint8_t, 32> out{};
    unsigned size = 0;
    KAMILI_CHECK(HMAC(EVP_sha256(), key.bytes().data(), Size(key.size()), data.data(), data.size(),
                      out.data(), &size) != nullptr);
    return out;
}

void Hmac::Free::operator()(evp_mac_ctx_st* context) const noexcept { EVP_MAC_CTX_free(context); }

Hmac::Hmac(const Secret& key) {
    const std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    context_.reset(EVP_MAC_CTX_new(mac.get()));
    KAMILI_CHECK(context_ != nullptr);
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    KAMILI_CHECK(EVP_MAC_init(context_.get(), key.bytes().data(), key.size(), parameters) == 1);
}

std::array<std::uint8_t, 32> Hmac::Of(Bytes data) {
    std::array<std::uint8_t, 32> out{};
    std::size_t size = 0;
    // Without a key it begins anew under the one it has.
    KAMILI_CHECK(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1);
    KAMILI_CHECK(EVP_MAC_update(context_.get(), data.data(), data.size()) == 1);
    KAMILI_CHECK(EVP_MAC_final(context_.get(), out.data(), &size, out.size()) == 1);
    return out;
}

std::array<std::uint8_t, 32> Sha256(Bytes data) {
    std::array<std::uint8_t, 32> out{};
    unsigned size = 0;
    KAMILI_CHECK(EVP_Digest(data.data(), data.size(), out.data(), &size, EVP_sha256(), nullptr) ==
                 1);
    return out;
}

bool SameBytes(Bytes a, Bytes b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// Comparing a range with itself one byte on is one call of memcmp.
bool IsZero(Bytes bytes) {
    return bytes.empty() ||
           (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

Xaes::Xaes(const Secret& key) : key_(key.Copy()) {
    KAMILI_CHECK(key_.size() == kKeyBytes);
    const std::array<std::uint8_t, 16> zero{};
    AesBlock(key_.bytes(), zero.data(), subkey_.data());
    // Doubling in GF(2^128), as NIST SP 800-38B has it.
    const bool carry = (subkey_[0] & 0x80) != 0;
    for (std::size_t i = 0; i < 15; ++i)
        subkey_[i] = static_cast<std::uint8_t>((subkey_[i] << 1) | (subkey_[i + 1] >> 7));
    subkey_[15] = static_cast<std::uint8_t>(subkey_[15] << 1);
    if (carry) subkey_[15] ^= 0x87;
}

Xaes::~Xaes() { WipeMemory(subkey_.data(), subkey_.size()); }

Secret Xaes::DeriveFor(Bytes half) const {
    Secret derived = Secret::OfSize(kKeyBytes);
    std::array<std::uint8_t, 16> block{};
    for (std::uint8_t part = 1; part <= 2; ++part) {
        block = {0, part, 'X', 0};
        std::copy(half.begin(), half.end(), block.begin() + 4);
        for (std::size_t i = 0; i < 16; ++i) block[i] ^= subkey_[i];
        AesBlock(key_.bytes(), block.data(), derived.writable().data() + (part - 1) * 16);
    }
    WipeMemory(block.data(), block.size());
    return derived;
}

evp_cipher_ctx_st* Xaes::ContextFor(Contexts& contexts, Bytes half, bool seal) {
    auto& [all, last] = contexts;
    if (last != all.end() && std::equal(half.begin(), half.end(), last->first.begin()))
        return last->second.get();
    Half name{};
    std::copy(half.begin(), half.end(), name.begin());
    last = all.find(name);
    if (last != all.end()) return last->second.get();
    if (all.size() >= kContextsMax) all.clear();
    last = all.emplace(name, NewGcm(DeriveFor(half).bytes(), seal)).first;
    return last->second.get();
}

void Xaes::Seal(Bytes half, Bytes nonce, Bytes aad, Bytes in, std::uint8_t* out,
                std::uint8_t* tag) {
    SealWith(ContextFor(sealers_, half, true), nonce, aad, in, out, tag);
}

bool Xaes::Open(Bytes half, Bytes nonce, Bytes aad, Bytes in, std::uint8_t* out,
                const std::uint8_t* tag) {
    return OpenWith(ContextFor(openers_, half, false), nonce, aad, in, out, tag);
}

std::size_t SealedSize(std::size_t plain) { return kNonceBytes + plain + kTagBytes; }

void SealSmall(const Secret& key, Bytes nonce, Bytes aad, Bytes in, std::uint8_t* out) {
    std::copy(nonce.begin(), nonce.end(), out);
    const CipherContext context = NewGcm(key.bytes(), true);
    SealWith(context.get(), nonce, aad, in, out + kNonceBytes, out + kNonceBytes + in.size());
}

Opened OpenSmall(const Secret& key, Bytes aad, Bytes in) {
    Opened out;
    if (in.size() < kNonceBytes + kTagBytes) return out;
    const Bytes sealed = in.subspan(kNonceBytes, in.size() - kNonceBytes - kTagBytes);
    // One byte more: OpenSSL wants a place to write even for nothing.
    Secret plain = Secret::OfSize(sealed.size() + 1);
    const CipherContext context = NewGcm(key.bytes(), false);
    out.good = OpenWith(context.get(), in.first(kNonceBytes), aad, sealed, plain.writable().data(),
                        in.last(kTagBytes).data());
    if (out.good) out.plain = Secret(plain.Reveal().substr(0, sealed.size()));
    return out;
}

}  // namespace kamili::storage
