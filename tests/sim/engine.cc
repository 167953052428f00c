#include "tests/sim/engine.h"

#include <doctest/doctest.h>

namespace kamili::testing {

Engine::Engine(EngineOptions options)
    : random_(options.seed),
      simulator_({.seed = options.seed, .base_url = kSimBase, .events = options.events}),
      transport_(loop_, clock_, simulator_, kSimBase),
      store_(loop_, {.path = "", .base_vfs = options.base_vfs}),
      settings_(SimSettings()),
      providers_({.google_api_url = settings_.google.api_url,
                  .graph_url = settings_.microsoft.graph_url}) {
    Start();
}

Engine::json Engine::Control(const std::string& method, const std::string& what, const json& body) {
    const auto reply =
        transport_.Raw(method, "/control/" + what, body.is_null() ? "" : body.dump());
    INFO(what, " ", reply.body);
    REQUIRE(reply.status < 300);
    return reply.body.empty() ? json() : json::parse(reply.body);
}

Result<model::Account> Engine::End(const std::optional<Result<model::Account>>& out) {
    for (int i = 0; i < 200 && !out; ++i) loop_.RunFor(std::chrono::seconds(5));
    REQUIRE(out.has_value());
    if (!*out) return *out;
    bool known = false;
    driver_->Reload((*out)->id, [&known] { known = true; });
    loop_.RunPosted();
    REQUIRE(known);
    return *out;
}

Result<model::Account> Engine::Complete(sync::SignInService& service, const std::string& id,
                                        const oauth::RedirectParameters& parameters) {
    std::optional<Result<model::Account>> out;
    service.Complete(id, parameters, [&](Result<model::Account> done) { out = std::move(done); });
    return End(out);
}

Result<model::Account> Engine::DeviceSignIn(sync::SignInService& service,
                                            const sync::SignInRequest& request) {
    std::optional<Result<sync::DeviceBegun>> begun;
    service.BeginDevice(request, [&](Result<sync::DeviceBegun> done) { begun = std::move(done); });
    loop_.RunFor(std::chrono::seconds(5));
    REQUIRE(begun.has_value());
    if (!*begun) return (*begun).error();
    std::optional<Result<model::Account>> out;
    service.Await((*begun)->sign_in_id, std::nullopt,
                  [&](Result<model::Account> done) { out = std::move(done); });
    auto account = End(out);
    const json codes = Control("GET", "device").at("codes");
    // Told to slow down without a reason it must have done so, and it was never too early.
    CHECK(codes.back().at("too_fast") == 0);
    return account;
}

Result<model::Account> Engine::TrySignIn(const SimPerson& person) {
    sync::SignInService service(loop_, clock_, random_, transport_, *store_, providers_, settings_,
                                log_);
    sync::SignInRequest request;
    request.provider = person.provider;
    request.access = person.access;
    request.authority = person.authority;
    request.login_hint = person.login_hint;
    request.redirect_uri = person.provider == model::Provider::kGoogle ? "http://127.0.0.1:40123/"
                                                                       : "http://localhost:40123/";
    if (person.device_code) return DeviceSignIn(service, request);
    const auto begun = service.Begin(request);
    if (!begun) return begun.error();
    const auto reply = transport_.Raw("GET", begun->url.substr(std::string(kSimBase).size()));
    std::string location;
    for (const auto& header : reply.headers)
        if (header.name == "Location") location = header.value;
    if (location.empty())
        return Error{.kind = ErrorKind::kTimeout, .message = "the browser does not come back"};
    const auto parameters = oauth::ParseRedirectAddress(location);
    if (!parameters) return parameters.error();
    return Complete(service, begun->sign_in_id, *parameters);
}

void Engine::SignIn() {
    const auto account = TrySignIn({.provider = provider_});
    const std::string trouble = account ? "" : account.error().message;
    INFO(trouble);
    REQUIRE(account.has_value());
}

void Engine::Kill() {
    Stop();
    store_.Close();
    loop_.RunPosted();
}

void Engine::Resume() {
    REQUIRE(store_.Open());
    transport_.rules().Forget();
    Start();
}

sync::SyncObserver::Summary Engine::SyncToEnd(bool full) {
    std::optional<sync::SyncObserver::Summary> end;
    sync::SyncObserver observer;
    observer.on_done = [&](sync::SyncObserver::Summary summary) { end = std::move(summary); };
    auto watch = driver_->Sync({.accounts = {}, .full = full}, std::move(observer));
    for (int i = 0; i < 400 && !end; ++i) loop_.RunFor(std::chrono::seconds(20));
    REQUIRE(end.has_value());
    return std::move(*end);
}

bool Engine::Sync() {
    const auto summary = SyncToEnd();
    for (const auto& report : summary.calendars)
        if (report.state != model::State::kOk) MESSAGE(report.reason);
    return !summary.partial && !summary.needs_sign_in;
}

std::vector<std::string> Engine::LogLines() const {
    std::vector<std::string> lines = log_.lines();
    const auto more = store_.log_lines();
    lines.insert(lines.end(), more.begin(), more.end());
    return lines;
}

void Engine::Start() {
    REQUIRE(store_.is_open());
    tokens_ =
        std::make_unique<sync::TokenService>(loop_, clock_, transport_, *store_, settings_, log_);
    driver_ =
        std::make_unique<sync::SyncDriver>(loop_, clock_, random_, transport_, *store_, *tokens_,
                                           providers_, reader_, log_, sync::DriverOptions{});
    driver_->Start([](const Status& started) { REQUIRE(started.has_value()); });
    loop_.RunPosted();
}

void Engine::Stop() {
    driver_.reset();
    tokens_.reset();
}

}  // namespace kamili::testing
