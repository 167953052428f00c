#include "oauth/form_body.h"

#include <string>

#include "net/url.h"

namespace kamili::oauth {

FormBody& FormBody::Add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_.Append("&");
    std::string encoded = net::PercentEncode(value);
    text_.Append(net::PercentEncode(name));
    text_.Append("=");
    text_.Append(encoded);
    WipeMemory(encoded.data(), encoded.size());
    return *this;
}

FormBody& FormBody::Add(std::string_view name, const Secret& value) {
    return Add(name, value.Reveal());
}

}  // namespace kamili::oauth
