#include "storage/page_codec.h"

#include <time.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace kamili::storage {
namespace {

// The trailer of a page record, from the end of its body.
constexpr std::size_t kBodyBytes = kPageBytes - kReserveBytes;
constexpr std::size_t kAtSession = kBodyBytes;
constexpr std::size_t kAtNonce = kBodyBytes + 12;
constexpr std::size_t kAtTag = kRecordTagAt;
constexpr std::size_t kAtEpoch = kBodyBytes + 40;
constexpr std::size_t kAtCounter = kBodyBytes + 44;
constexpr std::size_t kAtHeaderTag = kBodyBytes + 48;

// GCM's own bound is far higher; this keeps random 96-bit nonces of one session from ever meeting.
constexpr std::uint32_t kSessionPagesMax = 1u << 24;

void Put32(std::uint8_t* at, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}
void Put64(std::uint8_t* at, std::uint64_t value) {
    for (int i = 0; i < 8; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}
std::uint32_t Get32(const std::uint8_t* at) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value |= static_cast<std::uint32_t>(at[i]) << (8 * i);
    return value;
}
std::uint64_t Get64(const std::uint8_t* at) {
    return Get32(at) | (static_cast<std::uint64_t>(Get32(at + 4)) << 32);
}
// SQLite's own numbers in a frame header are big-endian.
std::uint32_t GetBig32(const std::uint8_t* at) {
    return (std::uint32_t{at[0]} << 24) | (std::uint32_t{at[1]} << 16) |
           (std::uint32_t{at[2]} << 8) | at[3];
}

using PageAad = std::array<std::uint8_t, 40>;

PageAad MakePageAad(const Superblock& block, std::uint64_t number) {
    PageAad aad{};
    std::copy(block.store_id.begin(), block.store_id.end(), aad.begin());
    Put32(&aad[16], block.epoch);
    aad[20] = 1;  // a page
    Put64(&aad[24], number);
    return aad;
}

using HeaderAad = std::array<std::uint8_t, 64>;

// Binds a header to its store, generation, place and the very record behind it.
HeaderAad MakeHeaderAad(const Superblock& block, const StoreSecrets::Log& log, std::uint64_t frame,
                        std::uint32_t counter, const std::uint8_t* record) {
    HeaderAad aad{};
    std::copy(block.store_id.begin(), block.store_id.end(), aad.begin());
    Put32(&aad[16], block.epoch);
    aad[20] = 2;  // a frame header
    Put64(&aad[24], frame);
    std::copy(log.salts.begin(), log.salts.end(), aad.begin() + 32);
    std::copy_n(record + kAtTag, kTagBytes, aad.begin() + 40);
    Put32(&aad[56], counter);
    Put32(&aad[60], log.number);
    return aad;
}

std::array<std::uint8_t, kNonceBytes> HeaderNonce(const std::uint8_t* record,
                                                  std::uint32_t counter) {
    std::array<std::uint8_t, kNonceBytes> nonce{};
    std::copy_n(record + kAtNonce, kNonceBytes, nonce.begin());
    for (int i = 0; i < 4; ++i)
        nonce[static_cast<std::size_t>(i)] ^= static_cast<std::uint8_t>(counter >> (8 * i));
    return nonce;
}

Bytes SessionOf(const std::uint8_t* record) { return {record + kAtSession, kNonceBytes}; }

}  // namespace

void StoreSecrets::SetLog(const Log& log) {
    const std::lock_guard lock(mutex_);
    log_ = log;
}
StoreSecrets::Log StoreSecrets::log() const {
    const std::lock_guard lock(mutex_);
    return log_;
}
void StoreSecrets::FillRandom(MutableBytes out) {
    const std::lock_guard lock(mutex_);
    random_.Fill(out);
}
std::uint64_t StoreSecrets::commit_sequence() const {
    const std::lock_guard lock(mutex_);
    return sequence_;
}
void StoreSecrets::set_commit_sequence(std::uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    sequence_ = sequence;
}
void StoreSecrets::ReportDamage(const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (!damage_) damage_ = what;
}
std::optional<std::string> StoreSecrets::damage() const {
    const std::lock_guard lock(mutex_);
    return damage_;
}
void StoreSecrets::Tell(std::string what) {
    const std::lock_guard lock(mutex_);
    told_.push_back(std::move(what));
}
std::vector<std::string> StoreSecrets::TakeTold() {
    const std::lock_guard lock(mutex_);
    return std::exchange(told_, {});
}

PageCodec::PageCodec(StoreSecrets& secrets)
    : secrets_(secrets), pages_(secrets.keys().pages), frames_(secrets.keys().frames) {
    RenewSession();
}

void PageCodec::RenewSession() {
    secrets_.FillRandom(session_);
    sealed_ = 0;
}

// The clock tells two copies of a running machine apart that were made with the same bytes drawn.
void PageCodec::PutFreshNonce(std::uint8_t* out) {
    if (drawn_left_ == 0) {
        secrets_.FillRandom(drawn_);
        drawn_left_ = drawn_.size();
    }
    std::uint8_t* drawn = drawn_.data() + drawn_.size() - drawn_left_;
    std::copy_n(drawn, kNonceBytes, out);
    WipeMemory(drawn, kNonceBytes);
    drawn_left_ -= kNonceBytes;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const std::uint64_t moment = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
                                 static_cast<std::uint64_t>(now.tv_nsec);
    Put64(out, Get64(out) ^ moment);
}

bool PageCodec::SealPage(std::uint64_t number, const std::uint8_t* page, std::uint8_t* out) {
    if (!IsZero({page + kBodyBytes, kReserveBytes})) return false;
    if (++sealed_ > kSessionPagesMax) RenewSession();
    std::fill(out + kBodyBytes, out + kPageBytes, std::uint8_t{0});
    std::copy(session_.begin(), session_.end(), out + kAtSession);
    PutFreshNonce(out + kAtNonce);
    Put32(out + kAtEpoch, secrets_.keys().superblock.epoch);
    const PageAad aad = MakePageAad(secrets_.keys().superblock, number);
    pages_.Seal(SessionOf(out), {out + kAtNonce, kNonceBytes}, aad, {page, kBodyBytes}, out,
                out + kAtTag);
    return true;
}

bool PageCodec::OpenPage(std::uint64_t number, const std::uint8_t* record, std::uint8_t* out) {
    if (Get32(record + kAtEpoch) != secrets_.keys().superblock.epoch) return false;
    const PageAad aad = MakePageAad(secrets_.keys().superblock, number);
    if (!pages_.Open(SessionOf(record), {record + kAtNonce, kNonceBytes}, aad, {record, kBodyBytes},
                     out, record + kAtTag))
        return false;
    std::fill(out + kBodyBytes, out + kPageBytes, std::uint8_t{0});
    return true;
}

void PageCodec::SealHeader(const Place& place, const std::uint8_t* header, std::uint8_t* record,
                           std::uint8_t* out_header) {
    std::array<std::uint8_t, kFrameHeaderBytes> plain{};
    std::copy_n(header, kFrameHeaderBytes, plain.begin());
    // The salts stand in the WAL's own header; their place holds the commit sequence.
    Put64(&plain[8], place.sequence);
    Put32(record + kAtCounter, place.counter);
    const HeaderAad aad = MakeHeaderAad(secrets_.keys().superblock, secrets_.log(), place.frame,
                                        place.counter, record);
    frames_.Seal(SessionOf(record), HeaderNonce(record, place.counter), aad, plain, out_header,
                 record + kAtHeaderTag);
}

std::optional<PageCodec::Header> PageCodec::OpenHeader(std::uint64_t frame,
                                                       const std::uint8_t* header,
                                                       const std::uint8_t* record) {
    const auto log = secrets_.log();
    Header out;
    out.counter = Get32(record + kAtCounter);
    const HeaderAad aad =
        MakeHeaderAad(secrets_.keys().superblock, log, frame, out.counter, record);
    if (!frames_.Open(SessionOf(record), HeaderNonce(record, out.counter), aad,
                      {header, kFrameHeaderBytes}, out.plain.data(), record + kAtHeaderTag))
        return std::nullopt;
    out.commit_sequence = Get64(&out.plain[8]);
    std::copy(log.salts.begin(), log.salts.end(), out.plain.begin() + 8);
    out.page = GetBig32(out.plain.data());
    out.is_commit = GetBig32(&out.plain[4]) != 0;
    return out;
}

}  // namespace kamili::storage
