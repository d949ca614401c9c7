// A bus in memory that fails as told: records of one topic go into one list, in the order in which
// they were confirmed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/ports/bus.h"

namespace fusiond::test {

// Threads: any. `done` is called within append.
class FlakyBus final : public ports::Bus {
 public:
  enum class Act : std::uint8_t { confirm, fail_later, refuse_now, reject_now, reject_later };
  // Asked for each append, counted from 0.
  std::function<Act(std::size_t, const ports::OutRecord&)> plan =
      [](std::size_t, const ports::OutRecord&) { return Act::confirm; };

  Result<void> append(ports::OutRecord record, ports::Done done) override {
    Act act{};
    std::size_t place = 0;
    {
      MutexLock lock(mutex_);
      act = plan(asked_++, record);
      if (act == Act::confirm) {
        place = records_.size();
        records_.push_back(record);
      }
    }
    switch (act) {
      case Act::confirm:
        done(ports::Appended{.partition = 0, .offset = place});
        return {};
      case Act::fail_later:
        done(fail(Fault::unavailable, "as told"));
        return {};
      case Act::reject_later:
        done(fail(Fault::bad_input, "too large, as told"));
        return {};
      case Act::refuse_now:
        return fail(Fault::overloaded, "as told");
      case Act::reject_now:
        return fail(Fault::bad_input, "too large, as told");
    }
    return {};
  }
  [[nodiscard]] std::vector<ports::OutRecord> records() const {
    MutexLock lock(mutex_);
    return records_;
  }
  [[nodiscard]] std::size_t asked() const {
    MutexLock lock(mutex_);
    return asked_;
  }

  Result<void> ensure_topics(const std::vector<ports::TopicSpec>&) override { return {}; }
  Result<void> flush(std::chrono::milliseconds) override { return {}; }
  Result<std::unique_ptr<ports::BusReader>> open_reader(
      const std::string&, const std::vector<ports::StartAt>&) override {
    return fail(Fault::unavailable, "a flaky bus is not read");
  }
  Result<std::uint32_t> partitions(const std::string&) override { return 1U; }
  Result<ports::Extent> extent(const std::string&, std::uint32_t) override {
    return ports::Extent{};
  }
  [[nodiscard]] std::optional<std::string> trouble() const override { return std::nullopt; }

 private:
  mutable Mutex mutex_;
  std::vector<ports::OutRecord> records_ GUARDED_BY(mutex_);
  std::size_t asked_ GUARDED_BY(mutex_) = 0;
};

}  // namespace fusiond::test
