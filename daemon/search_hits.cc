#include "daemon/search_hits.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "storage/kept_occurrence.h"
#include "storage/range_index.h"

namespace kamili::daemon {
namespace {

using model::Occurrence;
using model::TimeRange;
using storage::OccurrenceRow;
using storage::Which;

// Where search looks for an event's next occurrence, and then for its last.
constexpr std::chrono::hours kAhead{24 * 400};
constexpr std::chrono::hours kBack{24 * 366 * 20};

using Picked = Result<std::optional<OccurrenceRow>>;

// Matches that are asked for beyond those that are needed if each has an occurrence in the range.
constexpr std::size_t kSpare = 14;

// From the event itself, all of its occurrences expanded.
class Expander {
  public:
    Expander(const storage::ReadView& view, const model::Zone& zone) : view_(view), zone_(zone) {}

    // Of the occurrences in the range. Nothing if the event has gone, too.
    Picked Find(model::EventId id, const TimeRange& range, Which which) {
        if (auto read = Read(id); !read || !series_) return Nothing(std::move(read));
        std::vector<const model::Event*> exceptions;
        for (const auto& exception : series_->exceptions) exceptions.push_back(&exception);
        std::vector<Occurrence> all;
        model::ExpandInto(series_->master, exceptions, range, all);
        // The others are matches of their own.
        std::erase_if(all, [&](const auto& one) { return one.event != &series_->master; });
        if (all.empty()) return Picked(std::nullopt);
        const auto is_before = [&](const Occurrence& a, const Occurrence& b) {
            return model::OccursBefore(a, b, zone_);
        };
        const auto found = which == Which::kFirst
                               ? std::min_element(all.begin(), all.end(), is_before)
                               : std::max_element(all.begin(), all.end(), is_before);
        return Picked(storage::RowOf(*found));
    }
    // The event as it stands, whenever that is.
    Picked Itself(model::EventId id) {
        if (auto read = Read(id); !read || !series_) return Nothing(std::move(read));
        return Picked(storage::RowOf({.event = &series_->master,
                                      .start = series_->master.start,
                                      .end = series_->master.end,
                                      .recurrence_id = {}}));
    }

  private:
    static Picked Nothing(Status read) {
        if (!read) return std::move(read).error();
        return Picked(std::nullopt);
    }
    Status Read(model::EventId id) {
        if (read_ == id) return {};
        auto series = storage::FindSeries(view_, id);
        if (!series) return std::move(series).error();
        series_ = std::move(*series);
        read_ = id;
        return {};
    }

    const storage::ReadView& view_;
    const model::Zone& zone_;
    model::EventId read_;
    std::optional<storage::SeriesRows> series_;
};

// Chooses the occurrences that stand for events, from the index where it covers the question.
class Picker {
  public:
    static Result<Picker> Make(const storage::ReadView& view, const SearchRequest& request) {
        Picker out(view, request);
        const auto kept = storage::KeptDays(view);
        if (!kept) return kept.error();
        out.kept_ = *kept;
        return out;
    }

    Picked Pick(model::EventId id) {
        const auto& question = request_.question;
        if (question.from || question.to)
            return Find(
                id,
                Range(question.from.value_or(now_ - kBack), question.to.value_or(now_ + kAhead)),
                Which::kFirst);
        auto ahead = Find(id, Range(now_, now_ + kAhead), Which::kFirst);
        if (!ahead || *ahead) return ahead;
        auto back = FindLast(id);
        if (!back || *back) return back;
        return expander_.Itself(id);
    }

  private:
    Picker(const storage::ReadView& view, const SearchRequest& request)
        : view_(view),
          request_(request),
          now_(request.question.now),
          expander_(view, request.zone) {}

    TimeRange Range(UtcTime from, UtcTime to) const {
        return TimeRange::Of(from, to, request_.zone);
    }

    Picked Find(model::EventId id, const TimeRange& range, Which which) {
        if (kept_ && kept_->Cover(range)) {
            auto kept = storage::FindKept(view_, id, range, which);
            if (!kept) return std::move(kept).error();
            if (kept->is_known) return std::move(kept->row);
        }
        return expander_.Find(id, range, which);
    }

    // The last one of the kept days is the last of all, if it is there.
    Picked FindLast(model::EventId id) {
        const TimeRange whole = Range(now_ - kBack, now_);
        if (kept_) {
            TimeRange days = kept_->Range();
            days.to = whole.to;
            days.to_date = whole.to_date;
            auto kept = storage::FindKept(view_, id, days, Which::kLast);
            if (!kept) return std::move(kept).error();
            if (kept->row) return std::move(kept->row);
        }
        return expander_.Find(id, whole, Which::kLast);
    }

    const storage::ReadView& view_;
    const SearchRequest& request_;
    const UtcTime now_;
    Expander expander_;
    // What the index covers; nothing while it is built.
    std::optional<storage::IndexDays> kept_;
};

// Among those that were chosen the order is that of their occurrences.
std::vector<OccurrenceRow> First(std::vector<OccurrenceRow> rows, const SearchRequest& request) {
    const auto& question = request.question;
    const std::int64_t now = question.now.time_since_epoch().count();
    // Rows are large: only those that stay are moved.
    std::vector<std::pair<std::int64_t, std::size_t>> order;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::int64_t start = rows[i].start_ms;
        order.emplace_back(question.order == storage::SearchOrder::kBest ? 0
                           : question.order == storage::SearchOrder::kNewest
                               ? -start
                               : std::abs(start - now),
                           i);
    }
    std::sort(order.begin(), order.end());
    order.resize(std::min(order.size(), request.limit));
    std::vector<OccurrenceRow> out;
    out.reserve(order.size());
    for (const auto& [key, i] : order) out.push_back(std::move(rows[i]));
    return out;
}

}  // namespace

Result<SearchHits> FindHits(const storage::ReadView& view, const SearchRequest& request) {
    storage::SearchQuestion question = request.question;
    auto picker = Picker::Make(view, request);
    if (!picker) return std::move(picker).error();
    SearchHits out;
    const std::size_t compared = question.order == storage::SearchOrder::kBest
                                     ? request.limit
                                     : std::max(request.limit, kComparedMin);
    std::size_t looked_at = 0;
    // The first ones do mostly; to ask for fewer is less work.
    question.wanted = 0;
    for (bool more = true; more;) {
        question.wanted =
            std::min(std::max(compared + kSpare, 8 * question.wanted), request.looked_at_max + 1);
        const auto matches = storage::SearchEvents(view, question);
        if (!matches) return matches.error();
        while (looked_at < std::min(matches->size(), request.looked_at_max) &&
               out.rows.size() < compared) {
            auto row = picker->Pick((*matches)[looked_at++]);
            if (!row) return std::move(row).error();
            if (*row) out.rows.push_back(std::move(**row));
        }
        out.complete = out.rows.size() >= request.limit || looked_at == matches->size();
        more = looked_at == question.wanted && out.rows.size() < compared;
    }
    out.rows = First(std::move(out.rows), request);
    return out;
}

}  // namespace kamili::daemon
