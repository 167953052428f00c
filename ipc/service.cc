#include "ipc/service.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kamili::ipc {
namespace {

constexpr char kServiceName[] = "org.varlink.service";
// Every varlink service answers this one; written here after the specification's list of members.
constexpr char kServiceDescription[] = R"(# What every varlink service answers about itself.
interface org.varlink.service

# Who serves this socket, and which interfaces.
method GetInfo() -> (
  vendor: string,
  product: string,
  version: string,
  url: string,
  interfaces: []string
)

# The text of one of the interfaces.
method GetInterfaceDescription(interface: string) -> (description: string)

error InterfaceNotFound (interface: string)
error MethodNotFound (method: string)
error MethodNotImplemented (method: string)
error InvalidParameter (parameter: string)
error PermissionDenied ()
error ExpectedMore ()
)";

}  // namespace

void Service::Dispatch(const std::shared_ptr<PendingCall>& call) {
    const std::string& name = call->method();
    // No method of ours turns the connection into something else.
    if (call->upgrade()) return call->FailService("MethodNotImplemented", "method", name);
    const std::size_t dot = std::min(name.rfind('.'), name.size());
    const std::string interface = name.substr(0, dot);
    const std::string method = name.substr(std::min(dot + 1, name.size()));
    if (interface == kServiceName) {
        if (method == "GetInfo") return GetInfo(*call);
        if (method == "GetInterfaceDescription") return GetInterfaceDescription(*call);
    } else if (interface != interface_.name) {
        return call->FailService("InterfaceNotFound", "interface", interface);
    } else if (const auto found = interface_.methods.find(method);
               found != interface_.methods.end()) {
        return found->second(call);
    }
    call->FailService("MethodNotFound", "method", name);
}

void Service::GetInfo(PendingCall& call) const {
    call.Reply({{"vendor", info_.vendor},
                {"product", info_.product},
                {"version", info_.version},
                {"url", info_.url},
                {"interfaces", {kServiceName, interface_.name}}});
}

void Service::GetInterfaceDescription(PendingCall& call) const {
    const auto asked = call.parameters().find("interface");
    if (asked == call.parameters().end() || !asked->is_string())
        return call.FailParameter("interface");
    if (*asked == kServiceName) return call.Reply({{"description", kServiceDescription}});
    if (*asked == interface_.name) return call.Reply({{"description", interface_.description}});
    call.FailService("InterfaceNotFound", "interface", asked->get<std::string>());
}

}  // namespace kamili::ipc
