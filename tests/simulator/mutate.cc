#include "tests/simulator/mutate.h"

#include "tests/simulator/event_maker.h"
#include "tests/simulator/occurrences.h"

namespace kamili::simulator {
namespace {

using std::chrono::days;
using std::chrono::hours;

class Mutator {
  public:
    Mutator(State& state, Person& person, std::uint64_t seed, UtcTime now)
        : state_(state),
          person_(person),
          dice_(seed),
          maker_(dice_, person.service, now),
          now_(now) {}

    // The word for what was done; "nothing" when the die fell on what is not there.
    std::string Once(bool calendars) {
        if (calendars && dice_.OneIn(20)) return Calendars();
        Calendar* calendar = SomeCalendar();
        const int roll = dice_.Between(0, 9);
        if (roll <= 1) return Create(*calendar);
        if (roll <= 3) return Touch(*calendar, roll == 2);
        if (roll == 4) return Delete(*calendar);
        return Series(*calendar, roll);
    }

  private:
    Calendar* SomeCalendar() {
        while (true) {
            Calendar* calendar = dice_.Pick(person_.calendars).get();
            if (!calendar->deleted) return calendar;
        }
    }

    // A living row for which `fits` holds, searched from a random place on.
    template <typename Fits>
    const SimEvent* Some(Calendar& calendar, Fits fits) {
        if (calendar.events.empty()) return nullptr;
        auto at = calendar.events.lower_bound(maker_.NewId());
        for (std::size_t i = 0; i < calendar.events.size(); ++i, ++at) {
            if (at == calendar.events.end()) at = calendar.events.begin();
            if (!at->second.deleted && fits(at->second)) return &at->second;
        }
        return nullptr;
    }

    std::string Create(Calendar& calendar) {
        state_.world.Put(calendar, maker_.Make(person_, calendar), now_);
        return "created";
    }

    std::string Touch(Calendar& calendar, bool move) {
        const SimEvent* found = Some(calendar, [](const SimEvent& event) {
            return !event.IsSeries() && event.series.empty() && event.type == "default";
        });
        if (found == nullptr) return "nothing";
        SimEvent event = *found;
        event.sequence += 1;
        if (move)
            maker_.Move(event);
        else
            event.title = maker_.Title();
        state_.world.Put(calendar, std::move(event), now_);
        return move ? "moved" : "edited";
    }

    std::string Delete(Calendar& calendar) {
        const bool series = dice_.OneIn(4);
        const SimEvent* found = Some(calendar, [series](const SimEvent& event) {
            return event.series.empty() && event.IsSeries() == series;
        });
        if (found == nullptr) return "nothing";
        state_.world.Delete(calendar, found->id, now_);
        return series ? "series_deleted" : "deleted";
    }

    std::string Series(Calendar& calendar, int roll) {
        const SimEvent* found = Some(calendar, [](const SimEvent& event) {
            return event.rule.has_value() && event.series.empty() && event.type == "default";
        });
        if (found == nullptr) return "nothing";
        if (roll == 9) return Split(calendar, *found);
        if (roll == 8) {
            SimEvent event = *found;
            event.title = maker_.Title();
            event.sequence += 1;
            state_.world.Put(calendar, std::move(event), now_);
            return "series_edited";
        }
        auto exception = maker_.Exception(*found);
        if (!exception) return "nothing";
        const SimEvent* before = calendar.Find(exception->id);
        if (before != nullptr && before->removed_occurrence) return "nothing";
        const bool removed = exception->removed_occurrence;
        state_.world.Put(calendar, std::move(*exception), now_);
        TouchMaster(calendar, found->id);
        return removed ? "occurrence_cancelled" : "occurrence_changed";
    }

    // Outlook moves the change key of a master along with its exceptions; Google does not.
    void TouchMaster(Calendar& calendar, const std::string& id) {
        if (person_.service != Service::kMicrosoft) return;
        SimEvent master = *calendar.Find(id);
        state_.world.Put(calendar, std::move(master), now_);
    }

    // At Google a deleted exception of a living series is a cancelled occurrence and stays listed;
    // at Microsoft the series simply comes again without it.
    void DropException(Calendar& calendar, const SimEvent& member) {
        if (person_.service == Service::kMicrosoft) {
            state_.world.Delete(calendar, member.id, now_);
            return;
        }
        SimEvent removed = member;
        removed.removed_occurrence = true;
        state_.world.Put(calendar, std::move(removed), now_);
    }

    // "This and following": the old series ends, a new one begins.
    std::string Split(Calendar& calendar, const SimEvent& found) {
        const auto starts = Starts(found, now_ + hours(24 * 200));
        if (starts.size() < 4) return "nothing";
        const std::size_t at = starts.size() / 2;
        if (found.rule->count && starts.size() != std::size_t(*found.rule->count)) return "nothing";
        const Day last = starts[at - 1].day();
        const std::string id = found.id;
        SimEvent old = found;
        SimEvent next = found;
        next.id = maker_.SplitId(found, starts[at]);
        next.uid = person_.service == Service::kGoogle ? next.id + "@google.com" : next.uid + "0F";
        next.start = starts[at];
        next.end = EndOf(found, next.start);
        next.rdates.clear();
        next.exdates.clear();
        next.title = maker_.Title();
        next.created = now_;
        if (next.rule->count) next.rule->count = int(starts.size() - at);
        old.rule->count.reset();
        old.rule->until = last;
        old.rdates.clear();
        for (const SimEvent* member : calendar.MembersOf(id))
            if (member->original->day() > last) DropException(calendar, *member);
        state_.world.Put(calendar, std::move(old), now_);
        state_.world.Put(calendar, std::move(next), now_);
        return "split";
    }

    std::string Calendars() {
        for (const auto& calendar : person_.calendars)
            if (!calendar->primary && !calendar->deleted && calendar->name.find("Made ") == 0) {
                state_.world.RemoveCalendar(*calendar);
                return "calendar_removed";
            }
        auto calendar = std::make_unique<Calendar>();
        calendar->id = person_.service == Service::kGoogle
                           ? "c_" + dice_.Text("0123456789abcdefghijklmnopqrstuv", 20) +
                                 "@group.calendar.google.com"
                           : "AAMkADRiNmQwYzFlLTUyZjct" + dice_.Token(64) + "AAA=";
        calendar->name = "Made " + std::to_string(dice_.Between(1, 999));
        calendar->color = person_.service == Service::kGoogle ? "#16a765" : "";
        calendar->zone = "Europe/London";
        calendar->listed = ++state_.world.changes;
        for (int i = 0; i < 5; ++i) Create(*calendar);
        person_.calendars.push_back(std::move(calendar));
        return "calendar_added";
    }

    State& state_;
    Person& person_;
    Dice dice_;
    EventMaker maker_;
    UtcTime now_;
};

}  // namespace

Json Mutate(State& state, Person& person, int count, std::uint64_t seed, bool calendars,
            UtcTime now) {
    Mutator mutator(state, person, seed, now);
    Json done = Json::object();
    for (int i = 0; i < count; ++i) {
        const std::string word = mutator.Once(calendars);
        done[word] = done.value(word, 0) + 1;
    }
    return done;
}

}  // namespace kamili::simulator
