#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ipc/server.h"
#include "tests/support/loop_thread.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/ipc/raw_client.h"

namespace kamili::ipc {

// A server with the interface org.example.Test on a loop of its own:
//   Echo      answers with its parameters
//   Refuse    fails with kNotFound
//   Parameter fails with InvalidParameter
//   Hold      is kept in `held` until the test answers it
//   Drop      is let go unanswered
//   Count     (more) sends 0 .. n-1 as {"number": i, "text": size bytes}, at the client's pace
//   Flood     (more) sends n parts without asking whether they can be read
class TestService {
  public:
    static ServerOptions Options();
    explicit TestService(ServerOptions options = Options());
    ~TestService();

    std::string path() const { return folder_.File("socket"); }
    RawClient Connect() const { return RawClient(path()); }
    std::size_t connections();
    // Waits, at most ten seconds, until `done` is true on the loop thread.
    bool Eventually(const std::function<bool()>& done);
    bool Logged(const std::string& part);
    void Do(const std::function<void()>& work) { loop_.Do(work); }
    SdLoop& loop() { return loop_.loop(); }
    Server& server() { return *server_; }

    std::vector<std::shared_ptr<Call>> held;  // loop thread only
    int ran = 0;                              // calls of Echo; loop thread only

  private:
    Interface MakeInterface();

    testing::TempFolder folder_;
    testing::MemoryLog log_;
    testing::LoopThread loop_;
    std::unique_ptr<Server> server_;
};

}  // namespace kamili::ipc
