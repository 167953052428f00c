#include "ctl/output.h"

#include <nlohmann/json.hpp>
#include <ostream>

#include "ctl/display_text.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

// Text that is not UTF-8 can come in through an argument; it is replaced, not thrown about.
std::string Dump(const json& object) {
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

Output::Output(std::ostream& out, std::ostream& err, OutputOptions options)
    : out_(out), err_(err), options_(options) {}

void Output::Json(const nlohmann::json& object) { out_ << Dump(object) << '\n' << std::flush; }

void Output::Text(std::string_view text) {
    EndProgress();
    out_ << text << std::flush;
}

void Output::Confirm(std::string_view text) {
    if (!options_.json && !options_.quiet) Text(text);
}

void Output::Note(std::string_view text) {
    if (!options_.quiet) Ask(FitLines(text, options_.error_columns));
}

void Output::Ask(std::string_view text) {
    if (options_.json) return;
    EndProgress();
    err_ << text << std::flush;
}

void Output::Progress(std::string_view line) {
    if (options_.json || options_.quiet || !options_.error_terminal || options_.look.plain) return;
    const std::size_t columns = options_.error_columns > 1 ? options_.error_columns - 1 : 79;
    err_ << "\r\x1b[K" << Cut(line, columns, options_.look.ellipsis()) << std::flush;
    progress_shown_ = true;
}

void Output::EndProgress() {
    if (!progress_shown_) return;
    err_ << "\r\x1b[K" << std::flush;
    progress_shown_ = false;
}

void Output::Fail(const Error& error) {
    EndProgress();
    if (options_.json) {
        err_ << Dump({{"error",
                       {{"kind", kamili::Text(error.kind)},
                        {"message", error.message},
                        {"hint", error.hint}}}})
             << '\n'
             << std::flush;
        return;
    }
    err_ << FitLines("kamilictl: " + Clean(error.message), options_.error_columns);
    if (!error.hint.empty()) err_ << FitLines("  " + Clean(error.hint), options_.error_columns);
    err_ << std::flush;
}

bool Output::Flush() {
    out_.flush();
    return out_.good();
}

}  // namespace kamili::ctl
