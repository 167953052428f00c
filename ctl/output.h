#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "ctl/look.h"

namespace kamili::ctl {

struct OutputOptions {
    bool json = false;
    bool terminal = false;          // both streams are a terminal: a person sees them together
    bool out_terminal = false;      // standard output is a terminal that can move its cursor
    bool quiet = false;             // nothing for people beyond what was asked for and errors
    bool error_terminal = false;    // standard error is a terminal: progress may be drawn there
    std::size_t error_columns = 0;  // of that terminal; 0: lines are not broken
    Look look = {};
};

// The two streams of a command. Answers go to standard output; notes, progress and errors for
// people to standard error. Under JSON there is nothing for people at all.
class Output {
  public:
    Output(std::ostream& out, std::ostream& err, OutputOptions options);

    bool json() const { return options_.json; }
    bool quiet() const { return options_.quiet; }
    bool on_terminal() const { return options_.terminal; }
    // May what was drawn be drawn over?
    bool may_redraw() const { return options_.out_terminal && !options_.look.plain; }
    const Look& look() const { return options_.look; }

    // One object, one line, flushed.
    void Json(const nlohmann::json& object);
    // Text for people; the caller asks json() first.
    void Text(std::string_view text);
    // A confirmation such as "a1 is paused.", left out under `quiet` and JSON.
    void Confirm(std::string_view text);
    // For people, on standard error; left out under `quiet` and JSON.
    void Note(std::string_view text);
    // The same, but an instruction without which nothing goes on: not left out under `quiet`.
    void Ask(std::string_view text);
    // One line that replaces the last one; only on a terminal.
    void Progress(std::string_view line);
    void EndProgress();
    // "kamilictl: message" and the hint, or the error object.
    void Fail(const Error& error);
    // Could everything be written?
    bool Flush();

  private:
    std::ostream& out_;
    std::ostream& err_;
    OutputOptions options_;
    bool progress_shown_ = false;
};

}  // namespace kamili::ctl
