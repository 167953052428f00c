#include "daemon/engine.h"

namespace kamili::daemon {

Engine::Engine(Outside outside, const Configuration& configuration)
    : outside_(outside),
      writer_("store-writer"),
      reader_a_("store-reader-1"),
      reader_b_("store-reader-2"),
      reader_c_("store-reader-3"),
      providers_(configuration.providers),
      page_reader_("page-reader"),
      memory_(outside.loop, outside.clock) {}

Result<std::unique_ptr<Engine>> Engine::Open(Outside outside, const std::string& store_path,
                                             const Secret& key, const Configuration& configuration,
                                             storage::SlotKind new_slot) {
    std::unique_ptr<Engine> engine(new Engine(outside, configuration));
    constexpr std::int64_t kMiB = 1 << 20;
    const auto cache = static_cast<std::int64_t>(configuration.cache_mib) * kMiB;
    const storage::StoreOptions options{
        .path = store_path,
        .base_vfs = "",
        .writer_cache_bytes = 2 * cache,
        .reader_cache_bytes = cache * 3 / 4,
        .mapped_bytes = static_cast<std::int64_t>(configuration.mapped_mib) * kMiB,
        .new_slot = new_slot,
        .new_slot_created = outside.clock.UtcNow()};
    auto store = storage::Store::Open(options, key, outside.loop, engine->writer_,
                                      {&engine->reader_a_, &engine->reader_b_, &engine->reader_c_},
                                      outside.random, outside.log);
    if (!store) return std::move(store).error();
    engine->store_ = std::move(*store);
    // Before the first pass, so that what it brings goes into the index at once.
    engine->upkeep_ =
        std::make_shared<IndexUpkeep>(outside.loop, outside.clock, *engine->store_, outside.log);
    engine->upkeep_->Start();
    engine->changes_ = std::make_shared<ChangeFeed>(outside.loop, *engine->store_);
    engine->changes_->Start();
    engine->tokens_ =
        std::make_unique<sync::TokenService>(outside.loop, outside.clock, outside.transport,
                                             *engine->store_, configuration.settings, outside.log);
    engine->sign_ins_ = std::make_unique<sync::SignInService>(
        outside.loop, outside.clock, outside.random, outside.transport, *engine->store_,
        engine->providers_, configuration.settings, outside.log);
    engine->driver_ = std::make_unique<sync::SyncDriver>(
        outside.loop, outside.clock, outside.random, outside.transport, *engine->store_,
        *engine->tokens_, engine->providers_, engine->page_reader_, outside.log,
        configuration.driver);
    engine->status_ = engine->driver_->WatchStatus(
        [self = engine.get()] { self->memory_.AfterWrites(*self->store_); });
    return engine;
}

Engine::~Engine() { Stop(); }

void Engine::Stop() {
    if (!store_) return;
    status_.Cancel();
    memory_.Stop();
    if (driver_) driver_->Stop();
    driver_.reset();
    sign_ins_.reset();
    tokens_.reset();
    upkeep_.reset();
    changes_.reset();
    store_->Close();
    store_.reset();
}

void Engine::Settle(Task done) { store_->Settle(std::move(done)); }

void Engine::ProbeWriter(Task done) {
    writer_.Submit(
        [&loop = outside_.loop, done = std::move(done)]() mutable { loop.Post(std::move(done)); });
}

}  // namespace kamili::daemon
