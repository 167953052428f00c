#include "storage/passphrase.h"

#include <argon2.h>

namespace kamili::storage {
namespace {

// The library's structure has no const; it writes none of these.
std::uint8_t* Input(Bytes bytes) { return const_cast<std::uint8_t*>(bytes.data()); }
std::uint32_t Length(Bytes bytes) { return static_cast<std::uint32_t>(bytes.size()); }

}  // namespace

bool IsAllowed(const KdfCost& cost) {
    return cost.passes >= kLeastKdfCost.passes && cost.passes <= kMostKdfCost.passes &&
           cost.memory_kib >= kLeastKdfCost.memory_kib &&
           cost.memory_kib <= kMostKdfCost.memory_kib && cost.lanes >= 1 &&
           cost.lanes <= kMostKdfCost.lanes;
}

Result<Secret> Argon2id(const Argon2Inputs& inputs) {
    Secret out = Secret::OfSize(kKeyBytes);
    argon2_context context{};
    context.out = out.writable().data();
    context.outlen = static_cast<std::uint32_t>(out.size());
    context.pwd = Input(inputs.password);
    context.pwdlen = Length(inputs.password);
    context.salt = Input(inputs.salt);
    context.saltlen = Length(inputs.salt);
    context.secret = Input(inputs.secret);
    context.secretlen = Length(inputs.secret);
    context.ad = Input(inputs.data);
    context.adlen = Length(inputs.data);
    context.t_cost = inputs.cost.passes;
    context.m_cost = inputs.cost.memory_kib;
    context.lanes = inputs.cost.lanes;
    context.threads = inputs.cost.lanes;
    context.version = ARGON2_VERSION_13;
    context.flags = ARGON2_DEFAULT_FLAGS;
    if (argon2id_ctx(&context) == ARGON2_OK) return out;
    return Error{.kind = ErrorKind::kSystem,
                 .message = "the passphrase's key cannot be computed",
                 .hint = "it takes memory that this machine did not give"};
}

Result<Secret> DeriveFromPassphrase(const Secret& passphrase, Bytes salt, const KdfCost& cost) {
    return Argon2id({.password = passphrase.bytes(), .salt = salt, .cost = cost});
}

}  // namespace kamili::storage
