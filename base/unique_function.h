#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "base/check.h"

namespace kamili {

// A move-only callable (std::move_only_function is C++23). Calling an empty one is a bug.
template <typename Signature>
class UniqueFunction;

template <typename R, typename... Args>
class UniqueFunction<R(Args...)> {
  public:
    UniqueFunction() = default;
    UniqueFunction(std::nullptr_t) {}
    template <typename F>
    requires(!std::is_same_v<std::decay_t<F>, UniqueFunction> &&
             std::is_invocable_r_v<R, std::decay_t<F>&, Args...>) UniqueFunction(F&& f)
        : impl_(std::make_unique<Impl<std::decay_t<F>>>(std::forward<F>(f))) {}

    explicit operator bool() const { return impl_ != nullptr; }
    R operator()(Args... args) {
        KAMILI_CHECK(impl_ != nullptr);
        return impl_->Call(std::forward<Args>(args)...);
    }

  private:
    struct Base {
        virtual ~Base() = default;
        virtual R Call(Args... args) = 0;
    };
    template <typename F>
    struct Impl final : Base {
        explicit Impl(const F& f) : function(f) {}
        explicit Impl(F&& f) : function(std::move(f)) {}
        R Call(Args... args) override { return function(std::forward<Args>(args)...); }
        F function;
    };
    std::unique_ptr<Base> impl_;
};

using Task = UniqueFunction<void()>;

}  // namespace kamili
