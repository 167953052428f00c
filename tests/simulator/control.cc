#include "tests/simulator/control.h"

#include "tests/simulator/microsoft_oauth.h"
#include "tests/simulator/mutate.h"
#include "tests/simulator/oauth.h"
#include "tests/simulator/truth.h"

namespace kamili::simulator {
namespace {

using std::chrono::hours;

Person* Account(const State& state, const Json& body) {
    return state.world.Find(body.value("account", std::string("google")));
}

Span SpanOf(const Call& call, hours before, hours after) {
    Span span{call.now - before, call.now + after, "UTC"};
    if (const auto from = ParseWhen(call.query.Get("from"), "UTC")) span.from = ToUtc(*from);
    if (const auto to = ParseWhen(call.query.Get("to"), "UTC")) span.to = ToUtc(*to);
    if (IsZone(call.query.Get("zone"))) span.zone = call.query.Get("zone");
    return span;
}

SimReply Look(const State& state, const Call& call) {
    const std::string account = call.query.Get("account");
    const Person* person = state.world.Find(account.empty() ? "google" : account);
    if (person == nullptr) return BadControl("no such account");
    const bool free_busy = call.query.Get("view") == "freebusy";
    if (call.path[1] == "world" && call.query.Get("everything") == "true")
        return JsonReply(200, WorldTruth(*person, std::nullopt, free_busy));
    if (call.path[1] == "world")
        return JsonReply(
            200, WorldTruth(*person, SpanOf(call, hours(24 * 90), hours(24 * 400)), free_busy));
    return JsonReply(200,
                     OccurrenceTruth(*person, SpanOf(call, hours(0), hours(24 * 7)), free_busy));
}

SimReply Log(const State& state) {
    Json requests = Json::array();
    for (const Seen& one : state.seen) {
        requests.push_back(
            {{"method", one.method}, {"target", one.target}, {"status", one.status}});
        if (!one.fault.empty()) requests.back()["fault"] = one.fault;
    }
    return JsonReply(200, {{"requests", std::move(requests)}});
}

SimReply AddFault(State& state, const Json& body) {
    Fault fault;
    fault.match = body.value("match", "");
    fault.method = body.value("method", "");
    fault.after = body.value("after", 0);
    fault.times = body.value("times", 1);
    fault.what = body.value("fault", Json());
    if (!fault.what.is_string() && !fault.what.is_object()) return BadControl("fault is missing");
    state.faults.push_back(std::move(fault));
    return JsonReply(200, {{"faults", state.faults.size()}});
}

SimReply Expire(State& state, const Json& body) {
    Person* person = Account(state, body);
    if (person == nullptr) return BadControl("no such account");
    const std::string what = body.value("what", "");
    if (what == "cursors") {
        person->cursors_dead_before = ++state.world.changes;
    } else if (what == "access_tokens") {
        for (auto& [text, token] : state.access)
            if (token.grant->person == person) token.expires = UtcTime{};
    } else if (what == "refresh_tokens") {
        for (auto& [text, token] : state.refresh)
            if (token.grant->person == person) token.dead = true;
    } else if (what == "grant") {
        RevokeAll(state, *person);
    } else {
        return BadControl("what: access_tokens, refresh_tokens, cursors or grant");
    }
    return JsonReply(200, {{"expired", what}});
}

void ReadConsent(Consent& consent, const Json& body) {
    consent.mode = body.value("mode", consent.mode);
    if (body.contains("grant")) {
        consent.only.reset();
        if (body["grant"].is_array()) consent.only = body["grant"].get<std::set<std::string>>();
    }
    consent.surplus = body.value("surplus", consent.surplus);
    consent.access_life_s = body.value("access_life_s", consent.access_life_s);
    consent.refresh_life_s = body.value("refresh_life_s", consent.refresh_life_s);
    consent.strict_rotation = body.value("strict_rotation", consent.strict_rotation);
    consent.no_refresh_token = body.value("no_refresh_token", consent.no_refresh_token);
    consent.refusal = body.value("refusal", consent.refusal);
}

SimReply SetConsent(State& state, const Json& body) {
    const Person* person = Account(state, body);
    if (person == nullptr) return BadControl("no such account");
    Consent& consent = state.ConsentOf(person->service);
    if (body.value("reset", false)) consent = Consent{};
    ReadConsent(consent, body);
    return JsonReply(200, {{"mode", consent.mode}});
}

Json MailJson(const Mail& mail) {
    return {{"account", mail.account},
            {"kind", mail.kind},
            {"to", mail.to},
            {"event", mail.event},
            {"comment", mail.comment}};
}

SimReply Mails(const State& state) {
    Json mails = Json::array();
    for (const Mail& mail : state.mails) mails.push_back(MailJson(mail));
    return JsonReply(200, {{"mails", std::move(mails)}});
}

// How writing behaves.
void SetWriteSettings(Settings& settings, const Json& body) {
    settings.google_instances_max =
        body.value("google_instances_max", settings.google_instances_max);
    settings.google_write_limit = body.value("google_write_limit", settings.google_write_limit);
    settings.graph_read_only_ignored =
        body.value("graph_read_only_ignored", settings.graph_read_only_ignored);
    settings.graph_iana_names = body.value("graph_iana_names", settings.graph_iana_names);
    settings.graph_decline_removes =
        body.value("graph_decline_removes", settings.graph_decline_removes);
    settings.graph_cancelled_delete =
        body.value("graph_cancelled_delete", settings.graph_cancelled_delete);
    settings.graph_spurious_412 = body.value("graph_spurious_412", settings.graph_spurious_412);
    settings.graph_lost_writes = body.value("graph_lost_writes", settings.graph_lost_writes);
}

// How much at once, and how often the same.
void SetLimits(Settings& settings, const Json& body) {
    settings.graph_limit = body.value("graph_limit", settings.graph_limit);
    settings.google_limit = body.value("google_limit", settings.google_limit);
    settings.microsoft_identical_max =
        body.value("microsoft_identical_max", settings.microsoft_identical_max);
    settings.graph_service_ms = body.value("graph_service_ms", settings.graph_service_ms);
    settings.graph_concurrency = body.value("graph_concurrency", settings.graph_concurrency);
    settings.graph_busy_status = body.value("graph_busy_status", settings.graph_busy_status);
    settings.graph_retry_after = body.value("graph_retry_after", settings.graph_retry_after);
}

// Known faults and limits of the services.
void SetFaultySettings(Settings& settings, const Json& body) {
    settings.graph_occurrences = body.value("graph_occurrences", settings.graph_occurrences);
    settings.graph_occurrence_tombstones =
        body.value("graph_occurrence_tombstones", settings.graph_occurrence_tombstones);
    settings.graph_loop_below = body.value("graph_loop_below", settings.graph_loop_below);
    settings.graph_shared_next = body.value("graph_shared_next", settings.graph_shared_next);
    settings.graph_late_s = body.value("graph_late_s", settings.graph_late_s);
    settings.microsoft_common_refresh =
        body.value("microsoft_common_refresh", settings.microsoft_common_refresh);
}

SimReply SetSettings(State& state, const Json& body) {
    Settings& settings = state.settings;
    settings.google_page_max = body.value("google_page_max", settings.google_page_max);
    settings.google_empty_page = body.value("google_empty_page", settings.google_empty_page);
    settings.google_generated_410 =
        body.value("google_generated_410", settings.google_generated_410);
    settings.graph_page_size = body.value("graph_page_size", settings.graph_page_size);
    settings.graph_page_max = body.value("graph_page_max", settings.graph_page_max);
    settings.graph_generations = body.value("graph_generations", settings.graph_generations);
    settings.graph_masters = body.value("graph_masters", settings.graph_masters);
    settings.graph_members = body.value("graph_members", settings.graph_members);
    settings.graph_body_preview = body.value("graph_body_preview", settings.graph_body_preview);
    settings.graph_gone_code = body.value("graph_gone_code", settings.graph_gone_code);
    settings.graph_claims = body.value("graph_claims", settings.graph_claims);
    settings.device_interval_s = body.value("device_interval_s", settings.device_interval_s);
    settings.device_life_s = body.value("device_life_s", settings.device_life_s);
    settings.device_slow_down = body.value("device_slow_down", settings.device_slow_down);
    SetFaultySettings(settings, body);
    SetWriteSettings(settings, body);
    SetLimits(settings, body);
    if (settings.google_page_max < 1 || settings.graph_page_size < 1 || settings.graph_page_max < 1)
        return BadControl("pages hold one item at least");
    return JsonReply(200, Json::object());
}

SimReply GiveGrant(State& state, const Call& call, const Json& body) {
    Person* person = Account(state, body);
    if (person == nullptr) return BadControl("no such account");
    auto grant = std::make_shared<Grant>();
    grant->person = person;
    grant->scopes = body.value("scopes", std::vector<std::string>{});
    grant->authority = person->tenant;
    const IssuedTokens tokens = Issue(state, grant, true, call.now);
    return JsonReply(200, {{"access_token", tokens.access},
                           {"refresh_token", tokens.refresh},
                           {"expires_in", tokens.expires_in},
                           {"scopes", grant->scopes},
                           {"address", person->address},
                           {"subject", person->object_id + "@" + person->tenant},
                           {"tenant", person->tenant}});
}

SimReply MutateWorld(State& state, const Call& call, const Json& body) {
    Person* person = Account(state, body);
    if (person == nullptr) return BadControl("no such account");
    return JsonReply(
        200, Mutate(state, *person, body.value("count", 1), body.value("seed", std::uint64_t{1}),
                    body.value("calendars", false), call.now));
}

SimReply Post(State& state, const Call& call, const Json& body) {
    const std::string& what = call.path[1];
    if (what == "mutate") return MutateWorld(state, call, body);
    if (what == "faults") return AddFault(state, body);
    if (what == "expire") return Expire(state, body);
    if (what == "consent") return SetConsent(state, body);
    if (what == "settings") return SetSettings(state, body);
    if (what == "grant") return GiveGrant(state, call, body);
    if (what == "device") return AnswerDevice(state, call, body);
    if (what == "write") return ControlWrite(state, call, body);
    return ControlWorld(state, call, body);
}

}  // namespace

SimReply BadControl(const std::string& message) { return JsonReply(400, {{"error", message}}); }

SimReply Control(State& state, const Call& call) {
    if (call.path.size() != 2) return BadControl("no such control");
    const std::string& what = call.path[1];
    if (call.request.method == "GET" && (what == "world" || what == "occurrences"))
        return Look(state, call);
    if (call.request.method == "GET" && what == "log") return Log(state);
    if (call.request.method == "GET" && what == "device") return DeviceCodes(state);
    if (call.request.method == "GET" && what == "mails") return Mails(state);
    if (call.request.method == "DELETE" && (what == "log" || what == "mails")) {
        if (what == "log")
            state.seen.clear();
        else
            state.mails.clear();
        return JsonReply(200, Json::object());
    }
    if (call.request.method == "DELETE" && what == "faults") {
        state.faults.clear();
        return JsonReply(200, Json::object());
    }
    Json body = Json::object();
    if (!call.request.body.empty()) body = Json::parse(call.request.body, nullptr, false);
    for (const auto& [name, value] : call.query.pairs())
        if (body.is_object() && !body.contains(name)) body[name] = value;
    if (!body.is_object()) return BadControl("the body is not a JSON object");
    try {
        if (call.request.method == "POST") return Post(state, call, body);
        if (call.request.method == "DELETE") return ControlWorld(state, call, body);
    } catch (const Json::exception&) {
        return BadControl("a member has the wrong type");
    }
    return BadControl("no such control");
}

}  // namespace kamili::simulator
