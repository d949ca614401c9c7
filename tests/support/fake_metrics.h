// A Metrics whose values can be read back: `metrics.value("name", {{"label", "x"}})`. Threads: any.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/metrics.h"
#include "daemon/base/mutex.h"

namespace fusiond::test {

class FakeMetrics final : public Metrics {
 public:
  Counter& counter(const std::string& name, const std::string& help,
                   const Labels& labels = {}) override {
    return made(counters_, name, help, labels);
  }
  Gauge& gauge(const std::string& name, const std::string& help,
               const Labels& labels = {}) override {
    return made(gauges_, name, help, labels);
  }
  Histogram& histogram(const std::string& name, const std::string& help,
                       const std::vector<double>& /*bounds*/, const Labels& labels = {}) override {
    return made(histograms_, name, help, labels);
  }

  // The sum of what was added, the last value set, or the number of observations; 0 for what nobody
  // asked for.
  [[nodiscard]] double value(const std::string& name, const Labels& labels = {}) const {
    MutexLock lock(mutex_);
    const auto found = values_.find({name, labels});
    return found == values_.end() ? 0 : *found->second;
  }

 private:
  class Cell final : public Counter, public Gauge, public Histogram {
   public:
    Cell(Mutex& mutex, std::shared_ptr<double> value) : mutex_(mutex), value_(std::move(value)) {}
    void add(double amount) override {
      MutexLock lock(mutex_);
      *value_ += amount;
    }
    void set(double value) override {
      MutexLock lock(mutex_);
      *value_ = value;
    }
    void observe(double /*value*/) override {
      MutexLock lock(mutex_);
      *value_ += 1;
    }

   private:
    Mutex& mutex_;
    std::shared_ptr<double> value_;  // also read by value()
  };
  using Key = std::pair<std::string, Labels>;
  using Cells = std::map<Key, std::unique_ptr<Cell>>;

  Cell& made(Cells& cells, const std::string& name, const std::string& /*help*/,
             const Labels& labels) {
    MutexLock lock(mutex_);
    auto& cell = cells[{name, labels}];
    if (!cell) {
      auto& value = values_[{name, labels}];
      value = value ? value : std::make_shared<double>(0);
      cell = std::make_unique<Cell>(mutex_, value);
    }
    return *cell;
  }

  mutable Mutex mutex_;
  std::map<Key, std::shared_ptr<double>> values_;
  Cells counters_;
  Cells gauges_;
  Cells histograms_;
};

}  // namespace fusiond::test
