#include "daemon/ingest/plugin_host.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/ingest/task.h"

namespace fusiond::ingest {

namespace {

std::string_view view(fusiond_bytes bytes) {
  return bytes.data == nullptr ? std::string_view{} : std::string_view{bytes.data, bytes.size};
}

// Copies what the plugin says, within the limits.
struct Collector {
  const PluginLimits& limits;
  std::vector<Part> parts;
  std::uint64_t bytes = 0;
  bool overflown = false;

  void add(Part part) {
    bytes += part.event.size() + part.original.size() + part.detail.size() + part.reason.size() +
             part.position.size() + sizeof(Part);
    if (overflown || parts.size() >= limits.max_parts || bytes > limits.max_part_bytes) {
      overflown = true;
      return;
    }
    parts.push_back(std::move(part));
  }
};

void on_event(void* context, fusiond_bytes event, fusiond_bytes original, fusiond_bytes position) {
  Part part;
  part.what = Part::What::event;
  part.event = view(event);
  part.original = view(original);
  part.position = view(position);
  static_cast<Collector*>(context)->add(std::move(part));
}

void on_reject(void* context, fusiond_bytes reason, fusiond_bytes detail, fusiond_bytes original,
               fusiond_bytes position) {
  Part part;
  part.what = Part::What::reject;
  part.reason = view(reason);
  part.detail = view(detail);
  part.original = view(original);
  part.position = view(position);
  static_cast<Collector*>(context)->add(std::move(part));
}

void on_skip(void* context, fusiond_bytes reason) {
  Part part;
  part.what = Part::What::skip;
  part.reason = view(reason);
  static_cast<Collector*>(context)->add(std::move(part));
}

Parsed parse_one(const PluginDesk& desk, void* instance, const Delivery& delivery) {
  Collector collector{.limits = desk.limits, .parts = {}};
  const fusiond_delivery handed{
      .abi = FUSIOND_PLUGIN_ABI,
      .size = sizeof(fusiond_delivery),
      .body = {delivery.body.data(), delivery.body.size()},
      .content_type = {delivery.content_type.data(), delivery.content_type.size()},
      .received_us = micros_of(delivery.received)};
  const fusiond_sink sink{.abi = FUSIOND_PLUGIN_ABI,
                          .size = sizeof(fusiond_sink),
                          .context = &collector,
                          .event = &on_event,
                          .reject = &on_reject,
                          .skip = &on_skip};
  Parsed parsed;
  if (desk.library->abi().parse(instance, &handed, &sink) != 0) {
    parsed.how = Parsed::How::failed;
    parsed.detail = "parse failed, the instance is replaced";
  } else if (collector.overflown) {
    parsed.how = Parsed::How::failed;
    parsed.detail =
        "more parts than a delivery may have, at most: " + std::to_string(desk.limits.max_parts) +
        " or " + std::to_string(desk.limits.max_part_bytes) + " bytes";
  } else {
    parsed.parts = std::move(collector.parts);
  }
  return parsed;
}

// One instance of the plugin, made anew after a failure.
class Instance {
 public:
  explicit Instance(const PluginLibrary& library) : library_(library) {}
  ~Instance() { drop(); }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  bool make(const std::string& settings, std::string& why) {
    drop();
    std::array<char, 4096> error{};
    it_ = library_.abi().create({settings.data(), settings.size()}, error.data(), error.size());
    error.back() = '\0';
    why = error.data();
    return it_ != nullptr;
  }
  [[nodiscard]] void* get() const { return it_; }

 private:
  void drop() {
    if (it_ != nullptr) {
      library_.abi().destroy(it_);
    }
    it_ = nullptr;
  }
  const PluginLibrary& library_;
  void* it_ = nullptr;
};

// Waits for a batch. Nothing when the desk was given up.
std::optional<std::pair<Batch, std::size_t>> next_job(PluginDesk& desk) {
  MutexLock lock(desk.mutex);
  while (!desk.given_up && !desk.batch) {
    desk.changed.wait(desk.mutex);
  }
  if (desk.given_up) {
    return std::nullopt;
  }
  return std::pair{desk.batch, desk.next};
}

// False when nobody looks any more.
bool hand_over(PluginDesk& desk, Parsed parsed, bool last) {
  MutexLock lock(desk.mutex);
  if (desk.given_up) {
    return false;
  }
  desk.outcomes.push_back(std::move(parsed));
  if (last) {
    desk.batch.reset();
    desk.changed.notify_all();
  }
  return true;
}

void say_state(PluginDesk& desk, bool ready, const std::string& why) {
  MutexLock lock(desk.mutex);
  desk.ready = ready;
  if (!ready) {
    desk.broken = why;
  }
  desk.changed.notify_all();
}

void run_plugin(PluginDesk& desk) {
  Instance instance(*desk.library);
  std::string why;
  if (!instance.make(desk.settings_json, why)) {
    return say_state(desk, false, why);
  }
  say_state(desk, true, "");
  while (const auto job = next_job(desk)) {
    const auto& [batch, from] = *job;
    for (std::size_t i = from; i < batch->size(); ++i) {
      Parsed parsed = parse_one(desk, instance.get(), (*batch)[i]);
      const bool failed = parsed.how == Parsed::How::failed;
      if (!hand_over(desk, std::move(parsed), i + 1 == batch->size())) {
        return;
      }
      if (failed && !instance.make(desk.settings_json, why)) {
        return say_state(desk, false, why);
      }
    }
  }
}

// Waits until the batch is through, the plugin broke, or one timeout passed without an outcome;
// true unless it hangs.
bool wait_for_batch(PluginDesk& desk, std::chrono::milliseconds timeout) REQUIRES(desk.mutex) {
  const auto settled = [&desk]()
                           REQUIRES(desk.mutex) { return !desk.batch || desk.broken.has_value(); };
  while (true) {
    const std::size_t before = desk.outcomes.size();
    if (desk.changed.wait_for(desk.mutex, timeout, settled)) {
      return true;
    }
    if (desk.outcomes.size() == before) {
      return false;
    }
  }
}

}  // namespace

PluginHost::PluginHost(std::shared_ptr<const PluginLibrary> library, std::string settings_json,
                       PluginLimits limits)
    : library_(std::move(library)), settings_json_(std::move(settings_json)), limits_(limits) {}

PluginHost::~PluginHost() {
  if (!desk_) {
    return;
  }
  MutexLock lock(desk_->mutex);
  desk_->given_up = true;
  desk_->changed.notify_all();
  // An idle thread leaves at once; the wait keeps it from outliving what the process tears down.
  desk_->changed.wait_for(desk_->mutex, limits_.parse_timeout,
                          [this]() REQUIRES(desk_->mutex) { return desk_->gone; });
}

Result<void> PluginHost::begin_thread() {
  if (desk_) {
    return {};
  }
  const std::string kind = library_->abi().kind;
  if (restarts_used_ > limits_.max_restarts) {
    return fail(Fault::unavailable, "plugin " + kind + " hung too often, restarts used: " +
                                        std::to_string(limits_.max_restarts));
  }
  auto desk = std::make_shared<PluginDesk>();
  desk->library = library_;
  desk->settings_json = settings_json_;
  desk->limits = limits_;
  start_detached("plugin-" + kind, [desk] {
    run_plugin(*desk);
    MutexLock lock(desk->mutex);
    desk->gone = true;
    desk->changed.notify_all();
  });
  MutexLock lock(desk->mutex);
  desk->changed.wait_for(desk->mutex, limits_.create_timeout, [&desk]() REQUIRES(desk->mutex) {
    return desk->ready || desk->broken.has_value();
  });
  if (!desk->ready) {
    desk->given_up = true;
    ++restarts_used_;
    const std::string why = desk->broken ? *desk->broken : "making an instance takes too long";
    return fail(Fault::unavailable, "plugin " + kind + " cannot be started: " + why);
  }
  desk_ = std::move(desk);
  return {};
}

void PluginHost::note_hang(std::vector<Parsed>& outcomes) {
  Parsed hung;
  hung.how = Parsed::How::hung;
  hung.detail = "parse took longer than " + std::to_string(limits_.parse_timeout.count()) + " ms";
  outcomes.push_back(std::move(hung));
  ++hangs_;
  ++restarts_used_;
  good_in_a_row_ = 0;
}

void PluginHost::note_good() {
  if (++good_in_a_row_ >= kRefillAfter) {
    good_in_a_row_ = 0;
    restarts_used_ = 0;
  }
}

// Takes over what the thread answered; gives the thread up when it hangs or broke.
void PluginHost::collect(PluginDesk& desk, bool hangs, std::vector<Parsed>& outcomes) {
  for (auto& parsed : desk.outcomes) {
    if (parsed.how == Parsed::How::done) {
      note_good();
    } else {
      ++failures_;
    }
    outcomes.push_back(std::move(parsed));
  }
  desk.outcomes.clear();
  if (hangs || desk.broken) {
    desk.given_up = true;
    desk_.reset();
  }
  if (hangs) {
    note_hang(outcomes);
  }
}

Result<std::vector<Parsed>> PluginHost::parse(const Batch& batch) {
  std::vector<Parsed> outcomes;
  while (outcomes.size() < batch->size()) {
    if (auto begun = begin_thread(); !begun) {
      if (outcomes.empty()) {
        return fail(begun.error());
      }
      break;
    }
    const std::shared_ptr<PluginDesk> desk = desk_;
    MutexLock lock(desk->mutex);
    desk->batch = batch;
    desk->next = outcomes.size();
    desk->changed.notify_all();
    const bool through = wait_for_batch(*desk, limits_.parse_timeout);
    collect(*desk, !through, outcomes);
  }
  return outcomes;
}

}  // namespace fusiond::ingest
