#include "ipc/message.h"

#include <doctest/doctest.h>

#include <utility>

#include <nlohmann/json.hpp>

#include "ipc/error_name.h"
#include "ipc/frame_reader.h"

namespace kamili::ipc {
namespace {

using namespace std::string_literals;

constexpr std::size_t kNesting = 8;

TEST_CASE("frames come out whole, however they were cut") {
    const std::string bytes = "one\0two\0\0three"s;
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        FrameReader reader(100);
        std::vector<std::string> frames;
        for (std::size_t i = 0; i < bytes.size(); i += piece) {
            reader.Append(std::string_view(bytes).substr(i, piece));
            while (auto frame = reader.Next()) frames.push_back(*frame);
        }
        CHECK(frames == std::vector<std::string>{"one", "two", ""});
        CHECK(reader.pending() == 5);
        CHECK_FALSE(reader.too_long());
    }
}

TEST_CASE("a frame above the limit is told apart from one at the limit, whole or not") {
    FrameReader at(4);
    at.Append("four\0"s);
    CHECK(at.Next() == "four");
    FrameReader whole(4);
    whole.Append("fives\0"s);
    CHECK_FALSE(whole.Next());
    CHECK(whole.too_long());
    FrameReader half(4);
    half.Append("fives");
    CHECK_FALSE(half.Next());
    CHECK(half.too_long());
    half.Append("\0ok\0"s);
    CHECK_FALSE(half.Next());
}

TEST_CASE("a call reads with all that is optional left out or put in") {
    const auto bare = CallMessage::Parse(R"({"method":"a.B"})", kNesting);
    REQUIRE(bare);
    CHECK(bare->method == "a.B");
    CHECK(bare->parameters->is_object());
    CHECK_FALSE(bare->more);
    CHECK_FALSE(bare->oneway);
    const auto full = CallMessage::Parse(
        R"({"method":"a.B","parameters":{"x":18446744073709551615},"more":true,"oneway":false,"upgrade":false})",
        kNesting);
    REQUIRE(full);
    CHECK(full->more);
    CHECK(full->parameters->at("x") == 18446744073709551615u);
    CHECK(CallMessage::Parse(R"({"method":"a.B","parameters":null})", kNesting));
}

TEST_CASE("what is not exactly a call is refused, and the rule is named") {
    const std::pair<std::string, const char*> cases[] = {
        {"", "not JSON"},
        {"nonsense", "not JSON"},
        {R"({"method":"a.B"} x)", "not JSON"},
        {R"({"method":"a.B",})", "not JSON"},
        {R"([1])", "not an object"},
        {R"("a.B")", "not an object"},
        {R"({})", "no method"},
        {R"({"method":1})", "no method"},
        {R"({"method":"a.B","parameters":[]})", "the parameters are not an object"},
        {R"({"method":"a.B","parameters":"x"})", "the parameters are not an object"},
        {R"({"method":"a.B","more":1})", "a flag is not a boolean"},
        {R"({"method":"a.B","oneway":"true"})", "a flag is not a boolean"},
        {R"({"method":"a.B","upgrade":null})", "a flag is not a boolean"},
        {R"({"method":"a.B","more":true,"oneway":true})", "more and oneway exclude each other"},
        {R"({"method":"a.B","extra":1})", "an unknown key beside the method"},
        {R"({"method":"a.B","method":"a.C"})", "a key stands twice in one object"},
        {R"({"method":"a.B","parameters":{"a":{"x":1,"x":1}}})",
         "a key stands twice in one object"},
        {R"({"method":"a.B","parameters":{"x":"a\u0000b"}})", "a text holds a NUL character"},
        {R"({"method":"a.B","parameters":{"a\u0000b":1}})", "a text holds a NUL character"},
        {"{\"method\":\"\xff\"}", "not UTF-8"},
        {"{\"method\":\"\xed\xa0\x80\"}", "not UTF-8"},
    };
    for (const auto& one : cases) {
        const auto& text = std::get<0>(one);
        const auto& rule = std::get<1>(one);
        const auto call = CallMessage::Parse(text, kNesting);
        REQUIRE_MESSAGE(!call, text);
        CHECK_MESSAGE(call.error().message == rule, text);
    }
}

TEST_CASE("the same key in two objects is fine") {
    CHECK(CallMessage::Parse(R"({"method":"a.B","parameters":{"a":[{"x":1},{"x":{"x":2}}]}})",
                             kNesting));
}

TEST_CASE("nesting is allowed up to the limit; brackets inside texts do not count") {
    const auto nested = [](std::size_t depth) {
        return R"({"method":"a.B","parameters":{"x":)" + std::string(depth - 2, '[') +
               std::string(depth - 2, ']') + "}}";
    };
    CHECK(CallMessage::Parse(nested(kNesting), kNesting));
    CHECK(CallMessage::Parse(nested(kNesting + 1), kNesting).error().message == "nested too deep");
    CHECK_FALSE(CallMessage::Parse(std::string(1'000'000, '['), kNesting));
    CHECK(
        CallMessage::Parse(R"({"method":"a.B","parameters":{"x":"[[[[[[[[\"[[[[[\\"}})", kNesting));
}

TEST_CASE("a frame is made of anything, also of text that is not UTF-8") {
    CHECK(MakeFrame({{"a", "b"}}) == "{\"a\":\"b\"}\0"s);
    const std::string frame = MakeFrame({{"a", "x\xff"}});
    CHECK(ParseObject(std::string_view(frame).substr(0, frame.size() - 1), kNesting));
}

TEST_CASE("error kinds have varlink names that read back; unknown names are kSystem") {
    CHECK(VarlinkErrorName(ErrorKind::kAuthRevoked) == "NeedsSignIn");
    CHECK(VarlinkErrorName(ErrorKind::kNotAStore) == "NotAStore");
    for (int i = 0; i <= static_cast<int>(ErrorKind::kSystem); ++i) {
        const auto kind = static_cast<ErrorKind>(i);
        CHECK(ErrorKindFromVarlink(VarlinkErrorName(kind)) == kind);
    }
    for (const char* name : {"", "needs_sign_in", "NoSuchKind", "needsSignIn", "Not_found", "A B"})
        CHECK(ErrorKindFromVarlink(name) == ErrorKind::kSystem);
}

TEST_CASE("an answer written as text makes the frame that its tree would make") {
    const nlohmann::json rows = {{"rows", {1, "two"}}};
    for (const bool continues : {false, true}) {
        const std::string frame =
            MakeFrameOf(rows.dump(), continues ? Continues::kYes : Continues::kNo);
        REQUIRE(frame.back() == '\0');
        nlohmann::json message = {{"parameters", rows}};
        if (continues) message["continues"] = true;
        CHECK(nlohmann::json::parse(frame.substr(0, frame.size() - 1)) == message);
    }
}

}  // namespace
}  // namespace kamili::ipc
