#include "oauth/redirect_page.h"

#include "base/check.h"

namespace kamili::oauth {
namespace {

struct Words {
    std::string_view title;
    std::string_view css_class;
    std::string_view mark;  // an SVG path inside a 24x24 box
    std::string_view closing;
};

Words WordsFor(PageTone tone) {
    switch (tone) {
        case PageTone::kSuccess:
            return {"You are signed in", "good", "M6 12.5l4 4 8-9",
                    "You can close this page and go back to the terminal."};
        case PageTone::kFailure:
            return {"The sign-in did not work", "bad", "M7.5 7.5l9 9m0-9l-9 9",
                    "Close this page and go back to the terminal: it says what to do next."};
        case PageTone::kWaiting:
            return {"Nearly there", "wait", "M12 6.5v6l4 2.5",
                    "Go back to the terminal to see how it ended."};
    }
    KAMILI_CHECK(false);
    return {};
}

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--ink:#1c2230;--soft:#5b6475;
--line:#e3e6ec;--good:#1a7f4b;--bad:#b3372f;--wait:#8a6100}
@media (prefers-color-scheme:dark){:root{--page:#12151b;--card:#1b2029;--ink:#e9ecf2;
--soft:#a2abbb;--line:#2b323f;--good:#4cc48a;--bad:#f08379;--wait:#e0b24d}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;
background:var(--page);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,Cantarell,"Noto Sans",sans-serif}
main{width:100%;max-width:460px;padding:40px 36px 30px;text-align:center;background:var(--card);
border:1px solid var(--line);border-radius:16px;box-shadow:0 12px 40px rgba(16,22,36,.08)}
svg{width:64px;height:64px;fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
circle{stroke-width:1.4;opacity:.35}
.good svg{stroke:var(--good)}.bad svg{stroke:var(--bad)}.wait svg{stroke:var(--wait)}
h1{margin:18px 0 8px;font-size:24px;line-height:1.25;font-weight:650;letter-spacing:-.01em}
h1,p{text-wrap:balance}
p{margin:0 0 8px;overflow-wrap:anywhere}
.soft{color:var(--soft)}
footer{margin-top:26px;padding-top:16px;border-top:1px solid var(--line);color:var(--soft);
font-size:13px}
)";

}  // namespace

std::string EscapeHtml(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\'':
                escaped += "&#39;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

std::string RedirectPage(PageTone tone, std::string_view message) {
    const Words words = WordsFor(tone);
    std::string page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">";
    page += "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">";
    page += "<meta name=\"referrer\" content=\"no-referrer\"><title>";
    page.append(words.title).append(" - Kamili</title><style>").append(kStyle);
    page.append("</style></head>\n<body><main class=\"").append(words.css_class);
    page += "\"><svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" ";
    page.append("r=\"10.5\"/><path d=\"").append(words.mark).append("\"/></svg>");
    page.append("<h1>").append(words.title).append("</h1>");
    if (!message.empty()) page += "<p>" + EscapeHtml(message) + "</p>";
    page.append("<p class=\"soft\">").append(words.closing).append("</p>");
    page += "<footer>Kamili keeps your calendars encrypted on this machine.</footer>";
    page += "</main></body></html>\n";
    return page;
}

}  // namespace kamili::oauth
