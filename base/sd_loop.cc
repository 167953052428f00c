#include "base/sd_loop.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>

namespace kamili {
namespace {

struct UnrefEvent {
    void operator()(sd_event* event) const noexcept { sd_event_unref(event); }
};
struct UnrefSource {
    void operator()(sd_event_source* source) const noexcept {
        sd_event_source_disable_unref(source);
    }
};
using EventHandle = std::unique_ptr<sd_event, UnrefEvent>;
using SourceHandle = std::unique_ptr<sd_event_source, UnrefSource>;

// What a subscription and the C callback share. The callback holds it while it runs, so that the
// subscription may be dropped inside it.
struct Watch : std::enable_shared_from_this<Watch> {
    SourceHandle source;
    UniqueFunction<void(IoEvents)> on_event;
};

std::uint64_t AccuracyUsec(std::chrono::nanoseconds wait) {
    const auto allowed = std::clamp<std::chrono::nanoseconds>(
        wait / 100, std::chrono::milliseconds(1), std::chrono::milliseconds(250));
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(allowed).count());
}

std::uint64_t Usec(Instant when) {
    const auto since = when.time_since_epoch();
    return since.count() <= 0 ? 0
                              // Rounded up: a timer never fires early.
                              : static_cast<std::uint64_t>(
                                    std::chrono::ceil<std::chrono::microseconds>(since).count());
}

}  // namespace

struct SdLoop::Impl {
    ~Impl() {
        // Sources before the loop they belong to.
        post_source.reset();
        event.reset();
        if (post_descriptor >= 0) close(post_descriptor);
    }

    static int OnPost(sd_event_source*, int descriptor, std::uint32_t, void* self) noexcept {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto got = read(descriptor, &count, sizeof count);
        static_cast<Impl*>(self)->RunPosted();
        return 0;
    }
    static int OnTime(sd_event_source*, std::uint64_t, void* watch) noexcept {
        const auto alive = static_cast<Watch*>(watch)->shared_from_this();
        alive->on_event(IoEvents{});
        return 0;
    }
    static int OnSignal(sd_event_source*, const signalfd_siginfo*, void* watch) noexcept {
        const auto alive = static_cast<Watch*>(watch)->shared_from_this();
        alive->on_event(IoEvents{});
        return 0;
    }
    static int OnIo(sd_event_source*, int, std::uint32_t revents, void* watch) noexcept {
        const auto alive = static_cast<Watch*>(watch)->shared_from_this();
        alive->on_event(IoEvents{.readable = (revents & EPOLLIN) != 0,
                                 .writable = (revents & EPOLLOUT) != 0,
                                 .failed = (revents & (EPOLLERR | EPOLLHUP)) != 0});
        return 0;
    }

    // Only what is there now: a task that posts again waits for the next turn.
    void RunPosted() {
        std::deque<Task> tasks;
        {
            const std::lock_guard lock(mutex);
            tasks.swap(posted);
        }
        for (Task& task : tasks) task();
    }

    // The subscription of a watch whose source has been made (or could not be).
    static Subscription Keep(std::shared_ptr<Watch> watch, sd_event_source* source, int code) {
        // The loop has ended and what was posted before runs now: nothing will fire any more.
        if (code == -ESTALE) return Subscription();
        KAMILI_CHECK(code >= 0);
        watch->source.reset(source);
        // A source holds a reference to its sd_event, so this is safe after the loop has gone, too.
        return Subscription([watch = std::move(watch)] { watch->source.reset(); });
    }

    EventHandle event;
    SourceHandle post_source;
    int post_descriptor = -1;
    std::thread::id thread;
    std::uint64_t wakeups = 0;
    std::mutex mutex;
    std::deque<Task> posted;  // guarded by mutex
    bool ended = false;       // guarded by mutex
};

Result<std::unique_ptr<SdLoop>> SdLoop::Create() {
    auto impl = std::make_shared<Impl>();
    sd_event* event = nullptr;
    if (const int code = sd_event_new(&event); code < 0)
        return SystemError("cannot make an event loop", -code);
    impl->event.reset(event);
    impl->thread = std::this_thread::get_id();
    impl->post_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (impl->post_descriptor < 0) return SystemError("cannot make an eventfd", errno);
    sd_event_source* source = nullptr;
    if (const int code = sd_event_add_io(event, &source, impl->post_descriptor, EPOLLIN,
                                         Impl::OnPost, impl.get());
        code < 0)
        return SystemError("cannot watch an eventfd", -code);
    impl->post_source.reset(source);
    // The clock's descriptor is made with the first timer and kept: have it before descriptors can
    // run out, which is just when timers are needed.
    sd_event_source* first = nullptr;
    if (const int code =
            sd_event_add_time(event, &first, CLOCK_BOOTTIME, UINT64_MAX, 0, Impl::OnTime, nullptr);
        code < 0)
        return SystemError("cannot make a timer", -code);
    sd_event_source_disable_unref(first);
    return std::unique_ptr<SdLoop>(new SdLoop(std::move(impl)));
}

SdLoop::SdLoop(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
SdLoop::~SdLoop() = default;

bool SdLoop::IsInside() const { return impl_->thread == std::this_thread::get_id(); }

void SdLoop::Post(Task task) {
    {
        const std::lock_guard lock(impl_->mutex);
        if (impl_->ended) return;
        impl_->posted.push_back(std::move(task));
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(impl_->post_descriptor, &one, sizeof one);
}

Subscription SdLoop::RunAt(Instant when, Task task) {
    KAMILI_CHECK(IsInside());
    std::uint64_t now = 0;
    sd_event_now(impl_->event.get(), CLOCK_BOOTTIME, &now);
    const std::uint64_t at = Usec(when);
    const auto wait = std::chrono::microseconds(at > now ? at - now : 0);
    auto watch = std::make_shared<Watch>();
    watch->on_event = [task = std::move(task)](IoEvents) mutable {
        // A one-shot: it may hold what it is part of, so it goes when it has run.
        Task once = std::exchange(task, Task());
        if (once) once();
    };
    sd_event_source* source = nullptr;
    const int code = sd_event_add_time(impl_->event.get(), &source, CLOCK_BOOTTIME, at,
                                       AccuracyUsec(wait), Impl::OnTime, watch.get());
    return Impl::Keep(std::move(watch), source, code);
}

Subscription SdLoop::WatchDescriptor(int descriptor, IoEvents interest,
                                     UniqueFunction<void(IoEvents)> on_events) {
    KAMILI_CHECK(IsInside());
    auto watch = std::make_shared<Watch>();
    watch->on_event = std::move(on_events);
    const std::uint32_t events =
        (interest.readable ? EPOLLIN : 0u) | (interest.writable ? EPOLLOUT : 0u);
    sd_event_source* source = nullptr;
    const int code =
        sd_event_add_io(impl_->event.get(), &source, descriptor, events, Impl::OnIo, watch.get());
    return Impl::Keep(std::move(watch), source, code);
}

Subscription SdLoop::WatchSignal(int signal, Task on_signal) {
    KAMILI_CHECK(IsInside());
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, signal);
    pthread_sigmask(SIG_BLOCK, &mask, nullptr);
    auto watch = std::make_shared<Watch>();
    watch->on_event = [on_signal = std::move(on_signal)](IoEvents) mutable { on_signal(); };
    sd_event_source* source = nullptr;
    const int code =
        sd_event_add_signal(impl_->event.get(), &source, signal, Impl::OnSignal, watch.get());
    return Impl::Keep(std::move(watch), source, code);
}

int SdLoop::Run() {
    KAMILI_CHECK(IsInside());
    for (;;) {
        const int state = sd_event_get_state(impl_->event.get());
        if (state == SD_EVENT_FINISHED) break;
        const int code = sd_event_run(impl_->event.get(), UINT64_MAX);
        KAMILI_CHECK(code >= 0);
        ++impl_->wakeups;
    }
    impl_->RunPosted();
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->ended = true;
    }
    int exit_code = 0;
    sd_event_get_exit_code(impl_->event.get(), &exit_code);
    return exit_code;
}

void SdLoop::Exit(int code) {
    KAMILI_CHECK(IsInside());
    sd_event_exit(impl_->event.get(), code);
}

sd_event* SdLoop::event() const { return impl_->event.get(); }

std::uint64_t SdLoop::wakeups() const { return impl_->wakeups; }

}  // namespace kamili
