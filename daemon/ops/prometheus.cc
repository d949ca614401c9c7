#include "daemon/ops/prometheus.h"

#include <exception>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "daemon/base/check.h"
#include "daemon/base/log.h"
#include "daemon/base/mutex.h"

namespace fusiond::ops {
namespace {

class RealCounter final : public Counter {
 public:
  explicit RealCounter(prometheus::Counter& counter) : counter_(counter) {}
  void add(double amount) override { counter_.Increment(amount); }

 private:
  prometheus::Counter& counter_;
};

class RealGauge final : public Gauge {
 public:
  explicit RealGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void set(double value) override { gauge_.Set(value); }

 private:
  prometheus::Gauge& gauge_;
};

class RealHistogram final : public Histogram {
 public:
  explicit RealHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

using Key = std::pair<std::string, std::map<std::string, std::string>>;

template <class T>
using Series = std::map<Key, std::unique_ptr<T>>;

}  // namespace

struct PrometheusMetrics::Registered {
  explicit Registered(std::size_t max) : max_series(max) {}

  // The series of `name` and `labels`, made by `make(labels)` when there is none.
  template <class T, class Make>
  T& series(Series<T>& all, const std::string& name, const Labels& labels, Make make) {
    MutexLock lock(mutex);
    Key key{name, {labels.begin(), labels.end()}};
    auto found = all.find(key);
    if (found == all.end() && count >= max_series) {
      key.second = {{"overflow", "true"}};
      found = all.find(key);
    }
    if (found == all.end()) {
      try {
        found = all.emplace(key, make(key.second)).first;
      } catch (const std::exception& error) {
        log_error("a metric cannot be registered", {{"name", name}, {"what", error.what()}});
      }
      FUSIOND_CHECK(found != all.end(), "names and labels of metrics are valid and of one kind");
      ++count;
    }
    return *found->second;
  }

  std::size_t max_series;
  prometheus::Registry registry;
  Mutex mutex;
  std::size_t count GUARDED_BY(mutex) = 0;
  Series<RealCounter> counters;
  Series<RealGauge> gauges;
  Series<RealHistogram> histograms;
};

PrometheusMetrics::PrometheusMetrics(std::size_t max_series)
    : registered_(std::make_unique<Registered>(max_series)) {}
PrometheusMetrics::~PrometheusMetrics() = default;

Counter& PrometheusMetrics::counter(const std::string& name, const std::string& help,
                                    const Labels& labels) {
  return registered_->series(registered_->counters, name, labels, [&](const auto& final_labels) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registered_->registry);
    return std::make_unique<RealCounter>(family.Add(final_labels));
  });
}

Gauge& PrometheusMetrics::gauge(const std::string& name, const std::string& help,
                                const Labels& labels) {
  return registered_->series(registered_->gauges, name, labels, [&](const auto& final_labels) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(registered_->registry);
    return std::make_unique<RealGauge>(family.Add(final_labels));
  });
}

Histogram& PrometheusMetrics::histogram(const std::string& name, const std::string& help,
                                        const std::vector<double>& bounds, const Labels& labels) {
  return registered_->series(registered_->histograms, name, labels, [&](const auto& final_labels) {
    auto& family =
        prometheus::BuildHistogram().Name(name).Help(help).Register(registered_->registry);
    return std::make_unique<RealHistogram>(family.Add(final_labels, bounds));
  });
}

std::string PrometheusMetrics::text() const {
  return prometheus::TextSerializer().Serialize(registered_->registry.Collect());
}

}  // namespace fusiond::ops
