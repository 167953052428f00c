#include "daemon/index_upkeep.h"

#include <utility>

#include "model/zone.h"
#include "model/zone_files.h"
#include "storage/range_index.h"

namespace kamili::daemon {
namespace {

constexpr std::chrono::hours kLookAgain{12};

}  // namespace

struct IndexUpkeep::Step {
    bool more = false;
    std::string zone_data;
    std::size_t zones_changed = 0;
};

void IndexUpkeep::Start() {
    auto watch = ZoneWatch::Open(loop_, clock_, [this] { Look(); });
    if (watch)
        watch_ = std::move(*watch);
    else
        log_.Warn("zone files that change will be noticed late",
                  {{"fault", watch.error().message}});
    Look();
}

void IndexUpkeep::Look() {
    if (std::exchange(busy_, true)) {
        look_again_ = true;
        return;
    }
    // On the writer's thread, since it reads hundreds of files. The version first: files that
    // change in between are noticed by the next look, and never taken for what has been done.
    store_.WriteFor<Step>(
        [now = clock_.UtcNow()](storage::Txn& txn) -> Result<Step> {
            Step step{.zone_data = model::ZoneDataVersion()};
            step.zones_changed = model::Zone::LoadChanged().size();
            const auto more = KeepIndex(txn, {.now = now, .zone_data = step.zone_data});
            if (!more) return more.error();
            step.more = *more;
            return step;
        },
        [weak = weak_from_this()](Result<Step> step) {
            if (const auto self = weak.lock()) self->On(std::move(step));
        });
}

void IndexUpkeep::Next() {
    storage::Upkeep upkeep{.now = clock_.UtcNow(), .zone_data = zone_data_};
    store_.WriteFor<Step>(
        [upkeep = std::move(upkeep)](storage::Txn& txn) -> Result<Step> {
            const auto more = KeepIndex(txn, upkeep);
            if (!more) return more.error();
            return Step{.more = *more, .zone_data = upkeep.zone_data};
        },
        [weak = weak_from_this()](Result<Step> step) {
            if (const auto self = weak.lock()) self->On(std::move(step));
        });
}

void IndexUpkeep::On(Result<Step> step) {
    if (!step) {
        log_.Warn("the range index could not be kept, queries stay slow",
                  {{"kind", Text(step.error().kind)}});
        return Later();
    }
    zone_data_ = std::move(step->zone_data);
    if (step->zones_changed > 0)
        log_.Info("zone files have changed", {{"zones", step->zones_changed}});
    if (step->more) {
        building_ = true;
        return Next();
    }
    if (std::exchange(building_, false)) log_.Info("built the range index");
    Later();
}

void IndexUpkeep::Later() {
    busy_ = false;
    timer_ = loop_.RunAt(clock_.Now() + kLookAgain, [this] { Look(); });
    if (std::exchange(look_again_, false)) Look();
}

}  // namespace kamili::daemon
