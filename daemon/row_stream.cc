#include "daemon/row_stream.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/parts.h"

namespace kamili::daemon {

RowStream::RowStream(CallPointer call, nlohmann::json frame, const char* field)
    : call_(std::move(call)),
      frame_(std::make_unique<nlohmann::json>(std::move(frame))),
      field_(field) {}

RowStream::~RowStream() = default;

void RowStream::Push(WrittenRows rows, bool complete) {
    if (!complete) (*frame_)["complete"] = false;
    if (rows.size() > 0) queue_.push_back(std::move(rows));
    Send();
}

void RowStream::End(Result<WrittenRows> rows, bool complete) {
    ended_ = true;
    if (rows) return Push(std::move(*rows), complete);
    error_ = std::move(rows).error();
    Send();
}

void RowStream::Send() {
    while (!waits_ && SendPart()) {
    }
}

bool RowStream::SendPart() {
    if (call_->closed()) {
        wanted_ = false;
        queue_.clear();
        return false;
    }
    if (queue_.empty() && !ended_) return false;
    if (queue_.empty() && error_) {
        ended_ = false;
        call_->Fail(*error_);
        return false;
    }
    if (head_.empty()) head_ = ListHead(*frame_, field_);
    std::string text = head_;
    if (!queue_.empty()) {
        const WrittenRows& rows = queue_.front();
        const std::size_t last = std::min(rows.size(), next_ + kPartRows);
        rows.AppendList(text, next_, last);
        next_ = last;
        if (next_ == rows.size()) {
            queue_.pop_front();
            next_ = 0;
        }
    }
    text += "]}";
    if (queue_.empty() && ended_ && !error_) {
        ended_ = false;
        call_->ReplyText(text);
        return false;
    }
    call_->ContinueText(text);
    if (call_->writable()) return true;
    waits_ = true;
    call_->WhenWritable([self = shared_from_this()] {
        self->waits_ = false;
        self->Send();
    });
    return false;
}

}  // namespace kamili::daemon
