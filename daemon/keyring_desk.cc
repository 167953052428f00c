#include "daemon/keyring_desk.h"

#include "daemon/keyring.h"

namespace kamili::daemon {
namespace {

constexpr std::chrono::seconds kPatience{5};

}  // namespace

KeyringDesk::~KeyringDesk() {
    *alive_ = false;
    stop_ = true;
}

// The time in the queue counts: questions that pile up behind a keyring that hangs all end.
template <typename Answer, typename Work>
void KeyringDesk::Ask(Work work, UniqueFunction<void(Answer)> done) {
    if (!worker_) worker_ = std::make_unique<SerialWorker>("keyring");
    const auto until = std::chrono::steady_clock::now() + kPatience;
    worker_->Submit([this, until, alive = alive_, &loop = loop_, work = std::move(work),
                     done = std::move(done)]() mutable {
        auto keyring = Keyring::Open({.until = until, .stop = stop_});
        Answer answer = keyring ? work(*keyring) : Answer(std::move(keyring).error());
        loop.Post([alive = std::move(alive), answer = std::move(answer),
                   done = std::move(done)]() mutable {
            if (*alive) done(std::move(answer));
        });
    });
}

void KeyringDesk::Find(const std::string& name, Found done) {
    Ask<Result<std::vector<Secret>>>([name](Keyring& keyring) { return keyring.Find(name); },
                                     std::move(done));
}

void KeyringDesk::Put(const std::string& name, const Secret& secret, Done done) {
    Ask<Status>([name, copy = secret.Copy()](Keyring& keyring) { return keyring.Put(name, copy); },
                std::move(done));
}

void KeyringDesk::Remove(const std::string& name, const Secret& secret, Done done) {
    Ask<Status>(
        [name, copy = secret.Copy()](Keyring& keyring) { return keyring.Remove(name, copy); },
        std::move(done));
}

}  // namespace kamili::daemon
