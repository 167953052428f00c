// Aim: no bytes of a client bring the frame reader or the call parser down, and what they accept
// keeps the promises of ipc/message.h.
// Links: kamili_ipc
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/encoding.h"
#include "ipc/frame_reader.h"
#include "ipc/message.h"

namespace {

constexpr std::size_t kFrameBytesMax = 4096;
constexpr std::size_t kNestingMax = 16;

void CheckCall(const std::string& frame) {
    using kamili::ipc::CallMessage;
    const auto call = CallMessage::Parse(frame, kNestingMax);
    if (!call) {
        KAMILI_CHECK(call.error().kind == kamili::ErrorKind::kInvalidArgument);
        return;
    }
    KAMILI_CHECK(kamili::IsUtf8(frame));
    KAMILI_CHECK(call->parameters->is_object());
    KAMILI_CHECK(!(call->more && call->oneway));
    // What was read once reads back the same.
    const std::string again =
        kamili::ipc::MakeFrame({{"method", call->method}, {"parameters", *call->parameters}});
    const auto second =
        CallMessage::Parse(std::string_view(again).substr(0, again.size() - 1), kNestingMax);
    KAMILI_CHECK(second && second->method == call->method);
    KAMILI_CHECK(*second->parameters == *call->parameters);
}

}  // namespace

// The first byte says in what pieces the rest arrives.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t piece = std::size_t{data[0]} + 1;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    kamili::ipc::FrameReader reader(kFrameBytesMax);
    std::size_t given_out = 0;
    for (std::size_t i = 0; i < bytes.size(); i += piece) {
        reader.Append(bytes.substr(i, piece));
        while (const auto frame = reader.Next()) {
            KAMILI_CHECK(frame->size() <= kFrameBytesMax);
            KAMILI_CHECK(bytes.substr(given_out, frame->size()) == *frame);
            given_out += frame->size() + 1;
            CheckCall(*frame);
        }
    }
    return 0;
}
