#include "tests/unit/ipc/test_service.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace kamili::ipc {
namespace {

using nlohmann::json;

class Counter : public std::enable_shared_from_this<Counter> {
  public:
    explicit Counter(std::shared_ptr<Call> call)
        : call_(std::move(call)),
          end_(call_->parameters().at("n").get<int>()),
          text_(call_->parameters().value("size", std::size_t{0}), 'x') {}

    void Send() {
        while (!call_->closed()) {
            const json part = {{"number", next_}, {"text", text_}};
            if (++next_ == end_) return call_->Reply(part);
            call_->Continue(part);
            if (!call_->writable())
                return call_->WhenWritable([self = shared_from_this()] { self->Send(); });
        }
    }

  private:
    std::shared_ptr<Call> call_;
    int next_ = 0;
    int end_;
    std::string text_;
};

void Flood(const std::shared_ptr<Call>& call) {
    const int end = call->parameters().at("n").get<int>();
    const std::string text(call->parameters().at("size").get<std::size_t>(), 'x');
    for (int i = 0; i + 1 < end; ++i) call->Continue({{"text", text}});
    call->Reply({{"text", text}});
}

}  // namespace

ServerOptions TestService::Options() {
    ServerOptions options;
    options.owner_uid = geteuid();
    return options;
}

Interface TestService::MakeInterface() {
    Interface interface;
    interface.name = "org.example.Test";
    interface.description = "interface org.example.Test\n";
    interface.methods["Echo"] = [this](const std::shared_ptr<Call>& call) {
        ++ran;
        call->Reply(call->parameters());
    };
    interface.methods["Refuse"] = [](const std::shared_ptr<Call>& call) {
        call->Fail({.kind = ErrorKind::kNotFound, .message = "no such thing", .hint = "look"});
    };
    interface.methods["Parameter"] = [](const std::shared_ptr<Call>& call) {
        call->FailParameter("from");
    };
    interface.methods["Hold"] = [this](std::shared_ptr<Call> call) {
        held.push_back(std::move(call));
    };
    interface.methods["Drop"] = [](const std::shared_ptr<Call>&) {};
    interface.methods["Count"] = [](std::shared_ptr<Call> call) {
        std::make_shared<Counter>(std::move(call))->Send();
    };
    interface.methods["Flood"] = Flood;
    return interface;
}

TestService::TestService(ServerOptions options) {
    Do([&] {
        server_ = std::make_unique<Server>(
            loop(), log_, options,
            ServiceInfo{.vendor = "v", .product = "p", .version = "1", .url = "u"},
            MakeInterface());
        const auto listening = server_->Listen(path());
        CHECK(listening);
    });
}

TestService::~TestService() {
    Do([&] {
        server_.reset();
        held.clear();
    });
}

std::size_t TestService::connections() {
    std::size_t count = 0;
    Do([&] { count = server_->connections(); });
    return count;
}

bool TestService::Eventually(const std::function<bool()>& done) {
    for (int i = 0; i < 1000; ++i) {
        bool is_done = false;
        Do([&] { is_done = done(); });
        if (is_done) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

bool TestService::Logged(const std::string& part) {
    return Eventually([&] {
        const auto lines = log_.lines();
        return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
            return line.find(part) != std::string::npos;
        });
    });
}

}  // namespace kamili::ipc
