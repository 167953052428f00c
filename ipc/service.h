#pragma once

#include <memory>
#include <string>

#include "ipc/pending_call.h"
#include "ipc/server.h"

namespace kamili::ipc {

// Which method a call goes to: those of the interface and the two of org.varlink.service that every
// varlink service has.
class Service {
  public:
    Service(ServiceInfo info, Interface interface)
        : info_(std::move(info)), interface_(std::move(interface)) {}

    void Dispatch(const std::shared_ptr<PendingCall>& call);
    const std::string& interface_name() const { return interface_.name; }

  private:
    void GetInfo(PendingCall& call) const;
    void GetInterfaceDescription(PendingCall& call) const;

    ServiceInfo info_;
    Interface interface_;
};

}  // namespace kamili::ipc
