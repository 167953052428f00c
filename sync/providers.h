#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "model/account.h"
#include "oauth/settings.h"
#include "sync/provider.h"

namespace kamili::sync {

struct ProviderOptions {
    std::string google_api_url;
    std::string graph_url;
    std::chrono::hours window_past{90 * 24};  // Microsoft only
    std::chrono::hours window_future{400 * 24};
};

// google/codec.h and graph/codec.h make these.
std::unique_ptr<Provider> MakeGoogleProvider(const ProviderOptions& options);
std::unique_ptr<Provider> MakeGraphProvider(const ProviderOptions& options);

// Both, built once.
class Providers {
  public:
    explicit Providers(const ProviderOptions& options)
        : google_(MakeGoogleProvider(options)), graph_(MakeGraphProvider(options)) {}
    // For tests that bring their own.
    Providers(std::unique_ptr<Provider> google, std::unique_ptr<Provider> graph)
        : google_(std::move(google)), graph_(std::move(graph)) {}
    const Provider& Of(model::Provider provider) const {
        return provider == model::Provider::kGoogle ? *google_ : *graph_;
    }

  private:
    std::unique_ptr<Provider> google_;
    std::unique_ptr<Provider> graph_;
};

}  // namespace kamili::sync
