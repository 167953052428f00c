#include "sync/sign_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "net/url.h"
#include "oauth/scopes.h"
#include "sync/revocation.h"
#include "sync/sign_in_flow.h"

namespace kamili::sync {
namespace {

constexpr std::size_t kSignInsMax = 16;
constexpr std::chrono::minutes kSignInTimeout{10};

// Exactly http://HOST:PORT/ with a loopback host: the code must not leave this computer.
bool IsLoopbackRedirect(const std::string& address) {
    const auto url = net::ParseUrl(address);
    if (!url || (url->host != "127.0.0.1" && url->host != "localhost" && url->host != "[::1]"))
        return false;
    return address == fmt::format("http://{}:{}/", url->host, url->port);
}

// It becomes a part of the sign-in address.
bool IsAuthority(const std::string& text) {
    return !text.empty() && text.size() <= 128 && text.front() != '.' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.';
           });
}

Error NoClientId(model::Provider provider) {
    return {.kind = ErrorKind::kBadConfiguration,
            .message = fmt::format("no client id is configured for {}", model::Text(provider)),
            .hint = fmt::format("set client_id under [{0}]; docs/connect-{0}.md says where to get "
                                "one",
                                model::Text(provider))};
}

Status CheckRequest(const SignInRequest& request, const oauth::ProviderSettings& settings) {
    const bool google = request.provider == model::Provider::kGoogle;
    if (request.access == model::Access::kWrite)
        return Error{.kind = ErrorKind::kNotSupported,
                     .message = "write access is refused until Kamili can write",
                     .hint = "use --access read"};
    if ((google ? settings.google.client_id : settings.microsoft.client_id).empty())
        return NoClientId(request.provider);
    if (!IsLoopbackRedirect(request.redirect_uri))
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message =
                         "the redirect address must be http://127.0.0.1:PORT/, "
                         "http://localhost:PORT/ or http://[::1]:PORT/"};
    if (!google && !IsAuthority(request.authority))
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message =
                         "the authority must be common, organizations, consumers or a "
                         "tenant"};
    return {};
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

    std::string Add(std::shared_ptr<SignInFlow> flow);
    void End(const std::string& id, Error why);
    std::map<std::string, Entry>::iterator Find(const std::string& id);
    void Complete(const std::string& id, const oauth::RedirectParameters& parameters, Done done);
    void Later(Done done, Error error);
    void SendRevocation(net::Request request, UniqueFunction<void(Status)> done);
};

std::string SignInService::Impl::Add(std::shared_ptr<SignInFlow> flow) {
    std::string id = random.Token(16);
    const Instant deadline = context.clock.Now() + kSignInTimeout;
    auto timer = context.loop.RunAt(deadline, [weak = weak_from_this(), id] {
        if (const auto self = weak.lock())
            self->End(id, {.kind = ErrorKind::kTimeout,
                           .message = "the sign-in was not finished within 10 minutes"});
    });
    entries[id] = Entry{.flow = std::move(flow), .deadline = deadline, .timer = std::move(timer)};
    return id;
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
    const auto code = oauth::CodeFromRedirect(parameters, flow->state());
    if (!code) {
        // Noise from elsewhere must not end a sign-in; a refusal does.
        if (code.error().kind != ErrorKind::kStateMismatch) entries.erase(found);
        return Later(std::move(done), code.error());
    }
    flow->Exchange(*code, [weak = weak_from_this(), id,
                           done = std::move(done)](Result<model::Account> account) mutable {
        const auto self = weak.lock();
        if (!self) return;
        // Kept beyond its entry: the flow is what calls this.
        const auto node = self->entries.extract(id);
        done(std::move(account));
    });
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
    SignInRequest checked = request;
    if (checked.authority.empty()) checked.authority = "common";
    const auto& settings = impl_->context.settings;
    if (auto good = CheckRequest(checked, settings); !good) return std::move(good).error();
    if (impl_->entries.size() >= kSignInsMax)
        return Error{.kind = ErrorKind::kTooMany,
                     .message = "too many sign-ins are open",
                     .hint = "finish or cancel one; each ends after 10 minutes"};
    auto scopes = oauth::ScopesFor(checked.provider, checked.access, settings);
    auto pkce = oauth::MakePkce(impl_->random);
    SignInBegun begun{.sign_in_id = "", .url = "", .state = impl_->random.Token(32)};
    begun.url = oauth::AuthorizationUrl(
        AddressFor(checked, scopes, begun.state, std::move(pkce.challenge)), settings);
    begun.sign_in_id = impl_->Add(
        std::make_shared<SignInFlow>(impl_->context, impl_->providers, std::move(checked),
                                     std::move(scopes), std::move(pkce.verifier), begun.state));
    return begun;
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
