#include "sync/account_client.h"

#include "base/check.h"
#include "sync/claims_challenge.h"

namespace kamili::sync {

void AccountClient::Ask(net::Request request, Done done) {
    KAMILI_CHECK(!done_);
    request_ = std::move(request);
    done_ = std::move(done);
    again_ = false;
    GetToken();
}

void AccountClient::GetToken() {
    context_.tokens.Get(account_, [weak = weak_from_this()](Result<Secret> token) {
        const auto self = weak.lock();
        if (!self) return;
        if (!token) return self->Finish(std::move(token).error());
        self->Send(std::move(*token));
    });
}

void AccountClient::Send(Secret token) {
    token_ = std::move(token);
    net::Request request = request_.Copy();
    request.bearer = token_.Copy();
    exchange_ = context_.transport.Send(std::move(request),
                                        [weak = weak_from_this()](Result<net::Response> reply) {
                                            if (const auto self = weak.lock())
                                                self->OnReply(std::move(reply));
                                        });
}

void AccountClient::OnReply(Result<net::Response> reply) {
    if (reply && reply->status == 401) {
        context_.tokens.Reject(account_, token_, ClaimsIn(*reply).value_or(""));
        if (!std::exchange(again_, true)) return GetToken();
    } else if (reply && reply->status < 300) {
        context_.tokens.Worked(account_);
    }
    Finish(std::move(reply));
}

void AccountClient::Finish(Result<net::Response> reply) {
    token_.Wipe();
    Done done = std::exchange(done_, Done());
    done(std::move(reply));
}

}  // namespace kamili::sync
