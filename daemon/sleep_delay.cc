#include "daemon/sleep_delay.h"

#include <fcntl.h>
#include <systemd/sd-bus.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"

namespace kamili::daemon {
namespace {

constexpr const char* kLogind = "org.freedesktop.login1";
constexpr const char* kLogindPath = "/org/freedesktop/login1";
constexpr const char* kManager = "org.freedesktop.login1.Manager";
constexpr const char* kBus = "org.freedesktop.DBus";
// logind waits 5 s, unless told otherwise, and sleeps or gives up. Longer than this nobody's word
// keeps the passes from going on; the clock counts sleep, so after one it is over as well.
constexpr std::chrono::seconds kHoldMax{30};
constexpr std::chrono::minutes kRetryAfter{10};

struct CloseBus {
    void operator()(sd_bus* bus) const noexcept { sd_bus_close_unref(bus); }
};
struct UnrefSlot {
    void operator()(sd_bus_slot* slot) const noexcept { sd_bus_slot_unref(slot); }
};
struct UnrefMessage {
    void operator()(sd_bus_message* message) const noexcept { sd_bus_message_unref(message); }
};
using BusHandle = std::unique_ptr<sd_bus, CloseBus>;
using SlotHandle = std::unique_ptr<sd_bus_slot, UnrefSlot>;
using MessageHandle = std::unique_ptr<sd_bus_message, UnrefMessage>;

std::string_view SenderOf(sd_bus_message* message) {
    const char* sender = sd_bus_message_get_sender(message);
    return sender ? sender : "";
}

// A descriptor of our own for the one in a reply, or a negative number.
int TakeDescriptor(sd_bus_message* reply) {
    int lent = -1;
    if (sd_bus_message_read(reply, "h", &lent) < 0) return -1;
    return fcntl(lent, F_DUPFD_CLOEXEC, 3);
}

}  // namespace

struct SleepDelay::State : std::enable_shared_from_this<SleepDelay::State> {
    State(SdLoop& loop_in, const Clock& clock_in, Log& log_in, Hooks hooks_in)
        : loop(loop_in), clock(clock_in), log(log_in), hooks(std::move(hooks_in)) {}

    bool Connect();
    void Lost();
    void Take();
    void Taken(sd_bus_message* reply);
    void Sleep();
    void Resume();
    void Say(bool held);

    static State& Of(void* self) { return *static_cast<State*>(self); }
    static int OnReply(sd_bus_message* reply, void* self, sd_bus_error*) noexcept;
    static int OnSleep(sd_bus_message* signal, void* self, sd_bus_error*) noexcept;
    static int OnOwner(sd_bus_message* signal, void* self, sd_bus_error*) noexcept;
    static int OnLost(sd_bus_message*, void* self, sd_bus_error*) noexcept;

    SdLoop& loop;
    const Clock& clock;
    Log& log;
    Hooks hooks;
    BusHandle bus;
    SlotHandle on_sleep, on_owner, on_lost, call;  // before the bus they belong to
    std::string logind;                            // its unique name: anybody can send a signal
    std::unique_ptr<Descriptor> delay;             // the machine sleeps when it is closed
    bool sleeping = false;
    std::optional<bool> said;
    Subscription limit, retry;
};

int SleepDelay::State::OnReply(sd_bus_message* reply, void* self, sd_bus_error*) noexcept {
    Of(self).Taken(reply);
    return 0;
}

int SleepDelay::State::OnSleep(sd_bus_message* signal, void* self, sd_bus_error*) noexcept {
    int begins = 0;
    if (SenderOf(signal) != Of(self).logind || sd_bus_message_read(signal, "b", &begins) < 0)
        return 0;
    if (begins)
        Of(self).Sleep();
    else
        Of(self).Resume();
    return 0;
}

// A logind that has come (again) knows nothing of us.
int SleepDelay::State::OnOwner(sd_bus_message* signal, void* self, sd_bus_error*) noexcept {
    const char *name = nullptr, *before = nullptr, *now = nullptr;
    if (SenderOf(signal) != kBus || sd_bus_message_read(signal, "sss", &name, &before, &now) < 0)
        return 0;
    Of(self).logind.clear();
    Of(self).Resume();
    if (*now) Of(self).Take();
    return 0;
}

int SleepDelay::State::OnLost(sd_bus_message*, void* self, sd_bus_error*) noexcept {
    Of(self).Lost();
    return 0;
}

bool SleepDelay::State::Connect() {
    sd_bus* opened = nullptr;
    if (sd_bus_open_system(&opened) < 0) return false;
    bus.reset(opened);
    // What is still queued at the end is not worth waiting for.
    sd_bus_set_close_on_exit(opened, 0);
    sd_bus_slot *sleep = nullptr, *owner = nullptr, *lost = nullptr;
    const bool watched =
        sd_bus_attach_event(opened, loop.event(), 0) >= 0 &&
        sd_bus_match_signal_async(opened, &lost, "org.freedesktop.DBus.Local", nullptr,
                                  "org.freedesktop.DBus.Local", "Disconnected", OnLost, nullptr,
                                  this) >= 0 &&
        sd_bus_match_signal_async(opened, &sleep, kLogind, kLogindPath, kManager, "PrepareForSleep",
                                  OnSleep, nullptr, this) >= 0 &&
        sd_bus_add_match_async(opened, &owner,
                               "type='signal',sender='org.freedesktop.DBus',"
                               "member='NameOwnerChanged',arg0='org.freedesktop.login1'",
                               OnOwner, nullptr, this) >= 0;
    on_lost.reset(lost);
    on_sleep.reset(sleep);
    on_owner.reset(owner);
    if (watched) Take();
    return watched;
}

void SleepDelay::State::Lost() {
    logind.clear();
    delay.reset();
    Resume();
    Say(false);
    retry = loop.RunAt(clock.Now() + kRetryAfter, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && !self->Connect()) self->Lost();
    });
}

// Asks a logind that is there; nobody starts one for us.
void SleepDelay::State::Take() {
    sd_bus_message* made = nullptr;
    if (sd_bus_message_new_method_call(bus.get(), &made, kLogind, kLogindPath, kManager,
                                       "Inhibit") < 0)
        return;
    const MessageHandle message(made);
    sd_bus_slot* slot = nullptr;
    if (sd_bus_message_set_auto_start(made, 0) < 0 ||
        sd_bus_message_append(made, "ssss", "sleep", "Kamili", "finishing a write", "delay") < 0 ||
        sd_bus_call_async(bus.get(), &slot, made, OnReply, this, 0) < 0)
        return;
    call.reset(slot);
}

void SleepDelay::State::Taken(sd_bus_message* reply) {
    // An error may be the bus's own word.
    if (const auto sender = SenderOf(reply); sender.starts_with(':')) logind = sender;
    const bool refused = sd_bus_message_is_method_error(reply, nullptr) > 0;
    const int descriptor = refused ? -1 : TakeDescriptor(reply);
    delay = descriptor < 0 ? nullptr : std::make_unique<Descriptor>(descriptor);
    Say(delay != nullptr);
    // It has begun in between: nothing to delay any more.
    if (sleeping) delay.reset();
}

void SleepDelay::State::Sleep() {
    if (std::exchange(sleeping, true)) return;
    limit = loop.RunAt(clock.Now() + kHoldMax, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->Resume();
    });
    hooks.on_sleep([weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && self->sleeping) self->delay.reset();
    });
}

void SleepDelay::State::Resume() {
    if (!std::exchange(sleeping, false)) return;
    limit.Cancel();
    if (!logind.empty()) Take();
    hooks.on_resume();
}

// Once for each change.
void SleepDelay::State::Say(bool held) {
    if (std::exchange(said, held) == held) return;
    log.Debug(held ? "sleep will wait for a running write" : "sleep will not wait for a write");
}

SleepDelay::SleepDelay(SdLoop& loop, const Clock& clock, Log& log, Hooks hooks)
    : state_(std::make_shared<State>(loop, clock, log, std::move(hooks))) {
    // No bus at the start: there is none on this machine.
    if (!state_->Connect()) log.Debug("no system bus: sleep will not wait for a write");
}

SleepDelay::~SleepDelay() = default;

}  // namespace kamili::daemon
