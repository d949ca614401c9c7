// A plugin that does what a test tells it to, line by line in the body:
//   event:<serialised Event>   raw bytes up to the end of the body
//   reject:<reason>   skip:<reason>   many:<n skips>   throw   hang
// Its settings may hold "fail" (two faults), "silent" (no word) or "hang_at_create".
#include <atomic>
#include <stdexcept>
#include <string>
#include <string_view>

#include "plugins/sdk/fusiond_plugin.h"

namespace {

std::atomic<bool> released = false;

fusiond_bytes bytes(std::string_view text) {
  return {text.data(), text.size()};
}

void obey(std::string_view order, std::string_view body, const fusiond_sink& sink) {
  const auto rest = [&order](std::string_view word) { return order.substr(word.size()); };
  if (order.starts_with("reject:")) {
    sink.reject(sink.context, bytes(rest("reject:")), bytes("as told"), bytes(body),
                bytes("row 1"));
  } else if (order.starts_with("skip:")) {
    sink.skip(sink.context, bytes(rest("skip:")));
  } else if (order.starts_with("many:")) {
    for (int i = std::stoi(std::string(rest("many:"))); i > 0; --i) {
      sink.skip(sink.context, bytes("many"));
    }
  } else if (order == "throw") {
    throw std::runtime_error("as told");
  } else if (order == "hang") {
    released.wait(false);
  }
}

void* create(fusiond_bytes settings, char* error, size_t error_size) {
  const std::string_view text(settings.data, settings.size);
  if (text.find("hang_at_create") != std::string_view::npos) {
    released.wait(false);
  }
  std::string_view faults;
  if (text.find("fail") != std::string_view::npos) {
    faults = "/zone: no such zone\n/fields/0: is missing\n";
  } else if (text.find("silent") == std::string_view::npos) {
    return new int(0);
  }
  const size_t size = faults.size() < error_size - 1 ? faults.size() : error_size - 1;
  faults.copy(error, size);
  error[size] = '\0';
  return nullptr;
}

int parse(void* instance, const fusiond_delivery* delivery, const fusiond_sink* sink) {
  try {
    ++*static_cast<int*>(instance);
    const std::string_view body(delivery->body.data, delivery->body.size);
    std::string_view left = body;
    while (!left.empty()) {
      if (left.starts_with("event:")) {
        const auto event = left.substr(6);
        sink->event(sink->context, bytes(event), bytes(body), bytes("row 1"));
        return 0;
      }
      const auto end = left.find('\n');
      obey(left.substr(0, end), body, *sink);
      left = end == std::string_view::npos ? std::string_view{} : left.substr(end + 1);
    }
    return 0;
  } catch (...) {
    return 1;
  }
}

void destroy(void* instance) {
  delete static_cast<int*>(instance);
}

}  // namespace

#ifndef HOSTILE_ABI
#define HOSTILE_ABI FUSIOND_PLUGIN_ABI
#endif
#ifndef HOSTILE_KIND
#define HOSTILE_KIND "hostile"
#endif

// Ends every hang, past and to come.
extern "C" __attribute__((visibility("default"))) void hostile_release() {
  released = true;
  released.notify_all();
}
extern "C" __attribute__((visibility("default"))) void hostile_hang_again() {
  released = false;
}

extern "C" __attribute__((visibility("default"))) const fusiond_plugin* fusiond_plugin_entry() {
  static const fusiond_plugin plugin = {
      HOSTILE_ABI, sizeof(fusiond_plugin), HOSTILE_KIND, "1.0.0", &create, &parse, &destroy};
  return &plugin;
}
