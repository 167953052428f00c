// Aim: an exchange may be dropped at any moment, and its callback is then never called.

#include <doctest/doctest.h>

#include "tests/support/loopback_server.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/net/transport_probe.h"

namespace kamili::net {
namespace {

using std::chrono::milliseconds;
using testing::LoopbackServer;
using testing::MakeReply;
using testing::ServerStream;

void AnswerAll(ServerStream& stream) {
    while (stream.ReadRequest())
        if (!stream.Write(MakeReply(std::string(20'000, 'x')))) return;
}

// Lets the loop go on for a while.
void Settle(TransportProbe& probe, milliseconds span) {
    std::this_thread::sleep_for(span);
    probe.Do([] {});
}

TEST_CASE("a dropped exchange is not heard of again, whether begun, refused or done") {
    const LoopbackServer server(AnswerAll);
    TransportProbe probe;
    int called = 0;
    probe.Do([&] {
        auto at_once = probe.Send(Get(server.Url()), [&](Result<Response>) { ++called; });
        at_once.Cancel();
        auto refused = probe.Send(Get("ftp://x/"), [&](Result<Response>) { ++called; });
        refused.Cancel();
    });
    Subscription late;
    probe.Do([&] { late = probe.Send(Get(server.Url()), [&](Result<Response>) { ++called; }); });
    Settle(probe, milliseconds(3));
    probe.Do([&] {
        late.Cancel();
        called = 0;
    });
    Settle(probe, milliseconds(100));
    CHECK(called == 0);
}

TEST_CASE("what the callback holds goes when the exchange is dropped") {
    const LoopbackServer server(AnswerAll);
    TransportProbe probe;
    auto held = std::make_shared<int>(1);
    probe.Do([&] {
        auto exchange = probe.Send(Get(server.Url()), [held](Result<Response>) {});
        auto refused = probe.Send(Get("x"), [held](Result<Response>) {});
        CHECK(held.use_count() == 3);
    });
    probe.Do([] {});
    CHECK(held.use_count() == 1);
}

TEST_CASE("a callback may drop its own exchange, all others, and send again") {
    const LoopbackServer server(AnswerAll);
    TransportProbe probe;
    std::vector<Subscription> exchanges(20);
    std::promise<void> again;
    int called = 0;
    probe.Do([&] {
        for (Subscription& exchange : exchanges)
            exchange = probe.Send(Get(server.Url()), [&](Result<Response>) {
                ++called;
                for (Subscription& each : exchanges) each.Cancel();
                exchanges[0] = probe.Send(Get(server.Url()), [&](Result<Response> reply) {
                    CHECK(reply);
                    again.set_value();
                });
            });
    });
    CHECK(again.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
    probe.Do([&] { exchanges.clear(); });
    CHECK(called == 1);
}

TEST_CASE("a callback may drop the transport with exchanges on their way") {
    const LoopbackServer server(AnswerAll);
    TransportProbe probe;
    std::vector<Subscription> exchanges;
    std::promise<void> dropped;
    int called = 0;
    probe.Do([&] {
        for (int i = 0; i < 10; ++i)
            exchanges.push_back(probe.Send(Get(server.Url()), [&](Result<Response>) {
                ++called;
                probe.DropTransport();
                dropped.set_value();
            }));
    });
    CHECK(dropped.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
    Settle(probe, milliseconds(50));
    probe.Do([&] { exchanges.clear(); });
    CHECK(called == 1);
}

// Method: many exchanges, each dropped after a wait drawn from a seed.
TEST_CASE("dropping at random moments leaves everything in order") {
    constexpr std::uint64_t kSeed = 17;
    CAPTURE(kSeed);
    const LoopbackServer server(AnswerAll);
    TransportProbe probe;
    testing::SeededRandom random(kSeed);
    struct Slot {
        Subscription exchange;
        Subscription cancel;
        bool dropped = false;
    };
    std::vector<std::unique_ptr<Slot>> slots;
    int done = 0;
    probe.Do([&] {
        for (int i = 0; i < 60; ++i) {
            Slot& slot = *slots.emplace_back(std::make_unique<Slot>());
            slot.exchange = probe.Send(Get(server.Url()), [&](Result<Response>) {
                CHECK_FALSE(slot.dropped);
                ++done;
            });
            const auto wait = std::chrono::microseconds(random.Below(20'000));
            slot.cancel = probe.loop().RunAt(SystemClock().Now() + wait, [&slot] {
                slot.dropped = true;
                slot.exchange.Cancel();
            });
        }
    });
    Settle(probe, milliseconds(200));
    CHECK(probe.Ask(Get(server.Url())));
    probe.Do([&] { slots.clear(); });
}

TEST_CASE("a name that is being resolved does not hold up a cancel") {
    TransportProbe probe;
    probe.Do([&] {
        auto exchange =
            probe.Send(Get("https://kamili-no-such-host.invalid/"), [](Result<Response>) {});
        const Instant begin = SystemClock().Now();
        exchange.Cancel();
        CHECK(SystemClock().Now() - begin < milliseconds(500));
    });
}

}  // namespace
}  // namespace kamili::net
