#include "net/url.h"

#include <doctest/doctest.h>

namespace kamili::net {
namespace {

TEST_CASE("percent encoding leaves only the unreserved characters and reads back") {
    CHECK(PercentEncode("a-Z.0_~") == "a-Z.0_~");
    CHECK(PercentEncode("a/b c+\xC3\xA4@x#") == "a%2Fb%20c%2B%C3%A4%40x%23");
    CHECK(PercentDecode("a%2Fb%20c%2b+") == "a/b c++");
    for (const char* broken : {"%", "%2", "%zz", "a%2", "%2g"}) CHECK_FALSE(PercentDecode(broken));
}

TEST_CASE("a query is built in order and read back") {
    const QueryPairs pairs = {{"b", "1 2"}, {"a", "x&y=z"}, {"b", ""}};
    CHECK(BuildQuery(pairs) == "b=1%202&a=x%26y%3Dz&b=");
    CHECK(ParseQuery(BuildQuery(pairs)) == pairs);
    CHECK(ParseQuery("a+b=c+d&&flag") == QueryPairs{{"a b", "c d"}, {"flag", ""}});
    CHECK(ParseQuery("") == QueryPairs{});
    CHECK_FALSE(ParseQuery("a=%"));
}

TEST_CASE("a URL splits into the parts that decide whether it may be asked") {
    const auto url = ParseUrl("HTTPS://Example.ORG:8443/a%2Fb?x=1?y#part");
    REQUIRE(url);
    CHECK(url->scheme == "https");
    CHECK(url->host == "example.org");
    CHECK(url->port == 8443);
    CHECK(url->path == "/a%2Fb");
    CHECK(url->query == "x=1?y");
    CHECK(url->Origin() == "https://example.org:8443");
    CHECK(ParseUrl("https://h")->path == "/");
    CHECK(ParseUrl("https://h?q")->path == "/");
    CHECK(ParseUrl("https://h?q")->query == "q");
    CHECK(ParseUrl("https://h:443/")->Origin() == "https://h");
    CHECK(ParseUrl("http://h:/")->port == 80);
    CHECK(ParseUrl("http://h:443/")->Origin() == "http://h:443");
}

TEST_CASE("what is not a plain absolute http or https URL is nothing") {
    for (const char* text : {"",
                             "https://",
                             "https:///a",
                             "//h/a",
                             "/a",
                             "ftp://h/",
                             "file:///etc/passwd",
                             "https://user@h/",
                             "https://user:pw@h/",
                             "https://h@evil/",
                             "https://h:0/",
                             "https://h:65536/",
                             "https://h:-1/",
                             "https://h:1x/",
                             "https://h:+1/",
                             "https://a b/",
                             "https://h/a b",
                             "https://h\\@evil/",
                             "https://h%2eorg/",
                             "https://[::1/",
                             "https://[::g]/",
                             "https://[fe80::1%25eth0]/",
                             "https://h/\n",
                             "https://h/\xC3\xA4",
                             "https://[]/",
                             "https://::1/"})
        CHECK_MESSAGE(!ParseUrl(text), text);
}

TEST_CASE("loopback is what is written as a loopback address and nothing else") {
    for (const char* text : {"http://127.0.0.1/", "http://127.255.0.9:1/", "http://[::1]:80/",
                             "http://[0:0:0:0:0:0:0:1]/"})
        CHECK_MESSAGE(ParseUrl(text)->IsLoopback(), text);
    for (const char* text :
         {"http://localhost/", "http://127.0.0.1.example.org/", "http://128.0.0.1/",
          "http://127.1/", "http://[::2]/", "http://[::ffff:127.0.0.1]/", "http://2130706433/"})
        CHECK_MESSAGE(!ParseUrl(text)->IsLoopback(), text);
}

}  // namespace
}  // namespace kamili::net
