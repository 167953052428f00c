#include "sync/sign_in.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/check.h"
#include "oauth/device_code.h"
#include "oauth/scopes.h"
#include "sync/revocation.h"
#include "sync/sign_in_check.h"
#include "sync/sign_in_flow.h"

namespace kamili::sync {
namespace {

constexpr std::size_t kSignInsMax = 16;
constexpr std::chrono::minutes kSignInTimeout{10};

Error OtherWay(const char* how) {
    return {.kind = ErrorKind::kInvalidArgument,
            .message = std::string("this sign-in goes ") + how};
}

Error TimedOut(std::chrono::seconds after) {
    return {.kind = ErrorKind::kTimeout,
            .message = fmt::format("nobody signed in within {} seconds", after.count()),
            .hint = "run the command again when you are ready"};
}

Error UnknownSignIn() {
    return {.kind = ErrorKind::kNotFound,
            .message = "there is no such sign-in, or it is over",
            .hint = "begin again: a sign-in ends after 10 minutes"};
}

oauth::AuthorizationRequest AddressFor(const SignInRequest& request,
                                       std::vector<std::string> scopes, std::string state,
                                       std::string challenge) {
    return {.provider = request.provider,
            .scopes = std::move(scopes),
            .authority = request.authority,
            .redirect_uri = request.redirect_uri,
            .state = std::move(state),
            .challenge = std::move(challenge),
            .login_hint = request.login_hint,
            // Who once left a box unticked at Google is not asked again otherwise. At Microsoft it
            // would ask people for what only their administrator may approve.
            .force_consent = request.provider == model::Provider::kGoogle};
}

}  // namespace

struct SignInService::Impl : std::enable_shared_from_this<SignInService::Impl> {
    struct Entry {
        std::shared_ptr<SignInFlow> flow;
        Instant deadline{};
        Subscription timer;
    };

    Impl(const AuthContext& with, Random& source, const Providers& codecs)
        : context(with), random(source), providers(codecs) {}

    AuthContext context;
    Random& random;
    const Providers& providers;
    std::map<std::string, Entry> entries;
    std::map<std::uint64_t, Subscription> revocations;
    std::uint64_t revocation_count = 0;

    // A request that is good and has room, with what is left out filled in.
    Result<SignInRequest> Admit(const SignInRequest& request, SignInWay way) const;
    std::string Add(std::shared_ptr<SignInFlow> flow);
    void EndAt(const std::string& id, Instant deadline, Error why);
    void End(const std::string& id, Error why);
    std::map<std::string, Entry>::iterator Find(const std::string& id);
    void Complete(const std::string& id, const oauth::RedirectParameters& parameters, Done done);
    void AskDeviceCode(const std::string& id, UniqueFunction<void(Result<DeviceBegun>)> done);
    void Await(const std::string& id, std::optional<std::chrono::seconds> at_most, Done done);
    // Takes the sign-in out when it ends.
    Done Ending(const std::string& id, Done done);
    void Later(Done done, Error error);
    void SendRevocation(net::Request request, UniqueFunction<void(Status)> done);
};

Result<SignInRequest> SignInService::Impl::Admit(const SignInRequest& request,
                                                 SignInWay way) const {
    SignInRequest checked = request;
    if (checked.authority.empty()) checked.authority = "common";
    if (auto good = CheckSignIn(checked, way, context.settings); !good)
        return std::move(good).error();
    if (entries.size() >= kSignInsMax)
        return Error{.kind = ErrorKind::kTooMany,
                     .message = "too many sign-ins are open",
                     .hint = "finish or cancel one; each ends after 10 minutes"};
    return checked;
}

std::string SignInService::Impl::Add(std::shared_ptr<SignInFlow> flow) {
    std::string id = random.Token(16);
    entries[id].flow = std::move(flow);
    EndAt(
        id, context.clock.Now() + kSignInTimeout,
        {.kind = ErrorKind::kTimeout, .message = "the sign-in was not finished within 10 minutes"});
    return id;
}

void SignInService::Impl::EndAt(const std::string& id, Instant deadline, Error why) {
    auto& entry = entries[id];
    entry.deadline = deadline;
    entry.timer = context.loop.RunAt(deadline, [weak = weak_from_this(), id, why = std::move(why)] {
        if (const auto self = weak.lock()) self->End(id, why);
    });
}

void SignInService::Impl::End(const std::string& id, Error why) {
    const auto found = entries.find(id);
    if (found == entries.end()) return;
    const auto flow = found->second.flow;
    flow->Cancel(std::move(why));
    // One that is being stored stays until the store has decided.
    if (!flow->is_exchanging()) entries.erase(found);
}

std::map<std::string, SignInService::Impl::Entry>::iterator SignInService::Impl::Find(
    const std::string& id) {
    const auto found = entries.find(id);
    // The timer may be late.
    if (found == entries.end() || found->second.deadline <= context.clock.Now())
        return entries.end();
    return found;
}

void SignInService::Impl::Later(Done done, Error error) {
    context.loop.Post(
        [weak = weak_from_this(), done = std::move(done), error = std::move(error)]() mutable {
            if (const auto self = weak.lock()) done(std::move(error));
        });
}

void SignInService::Impl::Complete(const std::string& id,
                                   const oauth::RedirectParameters& parameters, Done done) {
    const auto found = Find(id);
    if (found == entries.end()) return Later(std::move(done), UnknownSignIn());
    const auto flow = found->second.flow;
    if (flow->is_exchanging())
        return Later(std::move(done), {.kind = ErrorKind::kAlreadyRunning,
                                       .message = "this sign-in is being completed already"});
    // It has no state that could be compared.
    if (flow->state().empty()) return Later(std::move(done), OtherWay("by a device code"));
    const auto code = oauth::CodeFromRedirect(parameters, flow->state());
    if (!code) {
        // Noise from elsewhere must not end a sign-in; a refusal does.
        if (code.error().kind != ErrorKind::kStateMismatch) entries.erase(found);
        return Later(std::move(done), code.error());
    }
    flow->Exchange(*code, Ending(id, std::move(done)));
}

SignInService::Done SignInService::Impl::Ending(const std::string& id, Done done) {
    return [weak = weak_from_this(), id,
            done = std::move(done)](Result<model::Account> account) mutable {
        const auto self = weak.lock();
        if (!self) return;
        // Kept beyond its entry: the flow is what calls this.
        const auto node = self->entries.extract(id);
        done(std::move(account));
    };
}

void SignInService::Impl::AskDeviceCode(const std::string& id,
                                        UniqueFunction<void(Result<DeviceBegun>)> done) {
    const auto flow = entries[id].flow;
    flow->AskDeviceCode([weak = weak_from_this(), id,
                         done = std::move(done)](Result<oauth::DeviceCode> code) mutable {
        const auto self = weak.lock();
        if (!self || self->entries.count(id) == 0) return;
        if (!code) {
            const auto node = self->entries.extract(id);
            return done(std::move(code).error());
        }
        self->EndAt(id, self->context.clock.Now() + code->expires_in, oauth::DeviceCodeExpired());
        done(DeviceBegun{.sign_in_id = id,
                         .user_code = std::move(code->user_code),
                         .verification_uri = std::move(code->verification_uri),
                         .expires_in = code->expires_in});
    });
}

void SignInService::Impl::Await(const std::string& id, std::optional<std::chrono::seconds> at_most,
                                Done done) {
    const auto found = Find(id);
    if (found == entries.end()) return Later(std::move(done), UnknownSignIn());
    const auto flow = found->second.flow;
    if (!flow->has_device_code()) return Later(std::move(done), OtherWay("through a browser"));
    if (flow->is_exchanging())
        return Later(std::move(done), {.kind = ErrorKind::kAlreadyRunning,
                                       .message = "somebody waits for this sign-in already"});
    const Instant now = context.clock.Now();
    if (at_most && now + *at_most < found->second.deadline)
        EndAt(id, now + *at_most, TimedOut(*at_most));
    flow->AwaitUser(Ending(id, std::move(done)));
}

void SignInService::Impl::SendRevocation(net::Request request, UniqueFunction<void(Status)> done) {
    const std::uint64_t number = ++revocation_count;
    revocations[number] = context.transport.Send(
        std::move(request), [weak = weak_from_this(), number,
                             done = std::move(done)](Result<net::Response> response) mutable {
            const auto self = weak.lock();
            if (!self) return;
            // The subscription holds this function: it goes when the function has run.
            const auto node = self->revocations.extract(number);
            if (!response) return done(std::move(response).error());
            done(oauth::ParseRevokeReply(*response, self->context.clock.UtcNow()));
        });
}

SignInService::SignInService(Loop& loop, const Clock& clock, Random& random,
                             net::Transport& transport, storage::Store& store,
                             const Providers& providers, const oauth::ProviderSettings& settings,
                             Log& log)
    : impl_(std::make_shared<Impl>(AuthContext{.loop = loop,
                                               .clock = clock,
                                               .transport = transport,
                                               .store = store,
                                               .settings = settings,
                                               .log = log},
                                   random, providers)) {}

SignInService::~SignInService() {
    for (const auto& [id, entry] : impl_->entries) entry.flow->Stop();
}

Result<SignInBegun> SignInService::Begin(const SignInRequest& request) {
    KAMILI_CHECK(impl_->context.loop.IsInside());
    auto admitted = impl_->Admit(request, SignInWay::kBrowser);
    if (!admitted) return std::move(admitted).error();
    const auto& settings = impl_->context.settings;
    auto scopes = oauth::ScopesFor(admitted->provider, admitted->access, settings);
    auto pkce = oauth::MakePkce(impl_->random);
    SignInBegun begun{.sign_in_id = "", .url = "", .state = impl_->random.Token(32)};
    begun.url = oauth::AuthorizationUrl(
        AddressFor(*admitted, scopes, begun.state, std::move(pkce.challenge)), settings);
    begun.sign_in_id = impl_->Add(
        std::make_shared<SignInFlow>(impl_->context, impl_->providers, std::move(*admitted),
                                     std::move(scopes), std::move(pkce.verifier), begun.state));
    return begun;
}

void SignInService::BeginDevice(const SignInRequest& request,
                                UniqueFunction<void(Result<DeviceBegun>)> done) {
    KAMILI_CHECK(impl_->context.loop.IsInside());
    auto admitted = impl_->Admit(request, SignInWay::kDeviceCode);
    if (!admitted) {
        impl_->context.loop.Post([weak = std::weak_ptr(impl_), done = std::move(done),
                                  error = std::move(admitted).error()]() mutable {
            if (const auto self = weak.lock()) done(std::move(error));
        });
        return;
    }
    auto scopes = oauth::ScopesFor(admitted->provider, admitted->access, impl_->context.settings);
    const std::string id = impl_->Add(
        std::make_shared<SignInFlow>(impl_->context, impl_->providers, std::move(*admitted),
                                     std::move(scopes), Secret(), std::string()));
    impl_->AskDeviceCode(id, std::move(done));
}

void SignInService::Await(const std::string& sign_in_id,
                          std::optional<std::chrono::seconds> at_most, Done done) {
    KAMILI_CHECK(impl_->context.loop.IsInside());
    impl_->Await(sign_in_id, at_most, std::move(done));
}

void SignInService::Complete(const std::string& sign_in_id, oauth::RedirectParameters parameters,
                             Done done) {
    KAMILI_CHECK(impl_->context.loop.IsInside());
    impl_->Complete(sign_in_id, parameters, std::move(done));
}

void SignInService::Cancel(const std::string& sign_in_id) {
    KAMILI_CHECK(impl_->context.loop.IsInside());
    impl_->End(sign_in_id, {.kind = ErrorKind::kCancelled, .message = "the sign-in was cancelled"});
}

void SignInService::Revoke(model::AccountId account, UniqueFunction<void(Status)> done) {
    KAMILI_CHECK(impl_->context.loop.IsInside());
    impl_->context.store.ReadFor<Secret>(
        [account](const storage::ReadView& view) { return TokenToRevoke(view, account); },
        [weak = std::weak_ptr(impl_), done = std::move(done)](Result<Secret> token) mutable {
            const auto self = weak.lock();
            if (!self) return;
            if (!token) return done(std::move(token).error());
            self->SendRevocation(oauth::RevokeRequest(self->context.settings, *token),
                                 std::move(done));
        });
}

}  // namespace kamili::sync
