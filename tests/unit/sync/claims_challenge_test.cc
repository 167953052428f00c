#include "sync/claims_challenge.h"

#include <doctest/doctest.h>

using namespace kamili;
using namespace kamili::sync;

namespace {

std::optional<std::string> Claims(const std::vector<net::Header>& headers) {
    net::Response response;
    response.status = 401;
    response.headers = headers;
    return ClaimsIn(response);
}

}  // namespace

TEST_CASE("claims are found in any challenge, with the padding that belongs to them") {
    const net::Header other{"WWW-Authenticate", "Negotiate"};
    const net::Header challenge{
        "www-authenticate",
        "Bearer realm=\"\", authorization_uri=\"https://login.example/a=b,c\", "
        "error=\"insufficient_claims\", claims=\"eyJhIjp7ImIiOiIxPz8ifX0=\""};
    CHECK(Claims({other, challenge}) == R"({"a":{"b":"1??"}})");
    CHECK(Claims({challenge, other}) == R"({"a":{"b":"1??"}})");
}

TEST_CASE("both alphabets of base64 are read") {
    // {"k":"~~~???"}
    CHECK(Claims({{"WWW-Authenticate", "Bearer claims=\"eyJrIjoifn5+Pz8/In0=\""}}) ==
          R"({"k":"~~~???"})");
    CHECK(Claims({{"WWW-Authenticate", "Bearer claims=\"eyJrIjoifn5-Pz8_In0\""}}) ==
          R"({"k":"~~~???"})");
}

TEST_CASE("what carries no claims, or none that can be read, is no challenge") {
    CHECK_FALSE(Claims({}).has_value());
    CHECK_FALSE(Claims({{"X-Claims", "claims=\"e30=\""}}).has_value());
    CHECK_FALSE(Claims({{"WWW-Authenticate", "Bearer error_claims=\"e30=\""}}).has_value());
    CHECK_FALSE(Claims({{"WWW-Authenticate", "Bearer claims=\"e30="}}).has_value());
    CHECK_FALSE(Claims({{"WWW-Authenticate", "Bearer claims=\"%%%\""}}).has_value());
    CHECK_FALSE(Claims({{"WWW-Authenticate", "Bearer claims=\"WzFd\""}}).has_value());  // [1]
    CHECK_FALSE(Claims({{"WWW-Authenticate", "Bearer claims=\"" + std::string(5000, 'A') + "\""}})
                    .has_value());
}
