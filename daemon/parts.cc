#include "daemon/parts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kamili::daemon {
namespace {

using nlohmann::json;

// An answer: what stands beside the rows, and some of the rows.
class RowsAnswer {
  public:
    RowsAnswer(const json& frame, const char* field, WrittenRows rows) : rows_(std::move(rows)) {
        head_ = ListHead(frame, field);
    }

    std::string Part(std::size_t first, std::size_t last) const {
        std::string text;
        text.reserve(head_.size() +
                     rows_.text.size() / std::max<std::size_t>(rows_.size(), 1) * (last - first) +
                     1024);
        text += head_;
        rows_.AppendList(text, first, last);
        text += "]}";
        return text;
    }
    std::size_t size() const { return rows_.size(); }

  private:
    WrittenRows rows_;
    std::string head_;
};

class PartSender : public std::enable_shared_from_this<PartSender> {
  public:
    PartSender(CallPointer call, RowsAnswer answer)
        : call_(std::move(call)), answer_(std::move(answer)) {}

    void Send() {
        for (;;) {
            if (call_->closed()) return;
            const std::size_t last = std::min(answer_.size(), next_ + kPartRows);
            const std::string part = answer_.Part(next_, last);
            next_ = last;
            if (next_ == answer_.size()) return call_->ReplyText(part);
            call_->ContinueText(part);
            if (!call_->writable())
                return call_->WhenWritable([self = shared_from_this()] { self->Send(); });
        }
    }

  private:
    CallPointer call_;
    RowsAnswer answer_;
    std::size_t next_ = 0;
};

}  // namespace

std::string ListHead(const json& frame, const char* field) {
    std::string head = frame.dump(-1, ' ', false, json::error_handler_t::replace);
    head.pop_back();
    head += head.size() > 1 ? ",\"" : "\"";
    head += field;
    return head + "\":[";
}

Error TooManyRows() {
    return {.kind = ErrorKind::kTooMany,
            .message = "the answer has over 10000 rows",
            .hint = "call with more, or ask for less"};
}

void ReplyInParts(const CallPointer& call, const json& frame, const char* field, WrittenRows rows) {
    if (!call->more() && rows.size() > kWholeRowsMax) return call->Fail(TooManyRows());
    RowsAnswer answer(frame, field, std::move(rows));
    if (!call->more()) return call->ReplyText(answer.Part(0, answer.size()));
    std::make_shared<PartSender>(call, std::move(answer))->Send();
}

}  // namespace kamili::daemon
