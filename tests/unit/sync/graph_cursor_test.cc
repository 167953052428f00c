// Aim: how careful a calendar is handled follows from what its rounds did.
// Method: the pure functions of the cursor.

#include <doctest/doctest.h>

#include "sync/graph/cursor.h"

using namespace kamili;
using namespace kamili::sync::graph;
using std::chrono::hours;

namespace {

constexpr UtcTime kNow{std::chrono::sys_days(std::chrono::year(2027) / 1 / 1)};
constexpr Window kWindow{.past = hours(24 * 90), .future = hours(24 * 400)};

}  // namespace

TEST_CASE("circles make more careful, a week without one less") {
    Cursor cursor = Begin(kWindow, Cursor(), kNow);
    cursor.stalls = 1;
    CHECK(AfterRefusal(cursor, kNow).care == 1);
    cursor.care = kCareMax;
    CHECK(AfterRefusal(cursor, kNow).care == kCareMax);
    cursor.stalls = 0;
    cursor.full = false;
    CHECK(AfterRefusal(cursor, kNow + hours(24)).care == kCareMax);
    CHECK(AfterRefusal(cursor, kNow + hours(24 * 8)).care == kCareMax - 1);
}

TEST_CASE("a refused stream is left alone for a week") {
    const Cursor plain = WithoutStream(Begin(kWindow, Cursor(), kNow), kNow);
    CHECK(plain.IsPlain());
    CHECK(ReadCursor(CursorText(plain)).IsPlain());
    CHECK(Begin(kWindow, plain, kNow + hours(24 * 6)).IsPlain());
    CHECK_FALSE(Begin(kWindow, plain, kNow + hours(24 * 8)).IsPlain());
    CHECK_FALSE(IsOutdated(plain, kWindow, "C", kNow + hours(24 * 30)));
}
