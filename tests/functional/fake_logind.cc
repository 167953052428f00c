// A logind that only delays sleep, on the system bus that DBUS_SYSTEM_BUS_ADDRESS names. Prints
// what comes, and tells "sleep" and "wake", which it reads from its input, to everyone. Usage:
// fake_logind            fake_logind forge NAME: somebody else who tells NAME of sleep
#include <poll.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

constexpr const char* kPath = "/org/freedesktop/login1";
constexpr const char* kManager = "org.freedesktop.login1.Manager";

int held = -1;  // our end of the delay

void Must(int code, const char* what) {
    if (code >= 0) return;
    std::fprintf(stderr, "%s: %d\n", what, code);
    std::exit(1);
}

int OnInhibit(sd_bus_message* call, void*, sd_bus_error*) {
    const char *what = nullptr, *who = nullptr, *why = nullptr, *mode = nullptr;
    Must(sd_bus_message_read(call, "ssss", &what, &who, &why, &mode), "arguments");
    std::array<int, 2> ends{};
    Must(pipe(ends.data()), "pipe");
    if (held >= 0) close(held);
    held = ends[0];
    std::printf("%s inhibit %s %s %s %s\n", sd_bus_message_get_sender(call), what, who, why, mode);
    const int sent = sd_bus_reply_method_return(call, "h", ends[1]);
    close(ends[1]);
    return sent;
}

const sd_bus_vtable kVtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Inhibit", "ssss", "h", OnInhibit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL("PrepareForSleep", "b", 0), SD_BUS_VTABLE_END};

void Forge(sd_bus* bus, const char* to) {
    sd_bus_message* signal = nullptr;
    Must(sd_bus_message_new_signal(bus, &signal, kPath, kManager, "PrepareForSleep"), "signal");
    Must(sd_bus_message_append(signal, "b", 1), "signal");
    Must(sd_bus_message_set_destination(signal, to), "signal");
    Must(sd_bus_send(bus, signal, nullptr), "send");
    Must(sd_bus_flush(bus), "flush");
    sd_bus_message_unref(signal);
}

// False at the end of the input.
bool ReadWord(sd_bus* bus) {
    std::array<char, 64> line{};
    if (!std::fgets(line.data(), line.size(), stdin)) return false;
    const int begins = std::string(line.data()) == "sleep\n" ? 1 : 0;
    Must(sd_bus_emit_signal(bus, kPath, kManager, "PrepareForSleep", "b", begins), "signal");
    return true;
}

void Serve(sd_bus* bus) {
    Must(sd_bus_add_object_vtable(bus, nullptr, kPath, kManager, kVtable, nullptr), "object");
    Must(sd_bus_request_name(bus, "org.freedesktop.login1", 0), "name");
    std::printf("ready\n");
    for (;;) {
        while (sd_bus_process(bus, nullptr) > 0)
            ;
        Must(sd_bus_flush(bus), "flush");
        std::array<pollfd, 3> ends{{{sd_bus_get_fd(bus), POLLIN, 0}, {0, POLLIN, 0}, {held, 0, 0}}};
        poll(ends.data(), ends.size(), -1);
        if (ends[2].revents) {
            std::printf("released\n");
            close(held);
            held = -1;
        }
        if (ends[1].revents && !ReadWord(bus)) return;
    }
}

}  // namespace

int main(int count, char** words) {
    setvbuf(stdout, nullptr, _IOLBF, 0);
    setvbuf(stdin, nullptr, _IONBF, 0);
    sd_bus* bus = nullptr;
    Must(sd_bus_open_system(&bus), "bus");
    if (count == 3)
        Forge(bus, words[2]);
    else
        Serve(bus);
    sd_bus_unref(bus);
}
