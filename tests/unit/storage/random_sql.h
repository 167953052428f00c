#pragma once

#include <string>

#include "base/random.h"

namespace kamili::testing {

// Statements of all kinds that a store sees, over three tables with long and short values, indexes,
// a trigger and a full-text index; the same ones for the same seed. Some fail (a key that is there,
// a transaction that is not open), which is an answer too.
class RandomSql {
  public:
    explicit RandomSql(Random& random) : random_(random) {}

    // Once, before the others.
    static const char* Schema();
    std::string Next();

  private:
    std::string Table();
    std::string Key();
    std::string Value();
    std::string Condition();
    std::string Change();
    std::string Question();
    std::string FullText();
    std::string Frame();
    std::string Housekeeping();

    Random& random_;
};

}  // namespace kamili::testing
