// The real Metrics: prometheus-cpp's registry, read as text by whoever serves /metrics.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "daemon/base/metrics.h"

namespace fusiond::ops {

// Names and labels are the program's, never outside bytes: a bad one stops the process. The number
// of series is bounded all the same: beyond `max_series` all new ones of a name and kind share one
// that is labelled {overflow="true"}.
class PrometheusMetrics final : public Metrics {
 public:
  explicit PrometheusMetrics(std::size_t max_series = 20'000);
  ~PrometheusMetrics() override;
  PrometheusMetrics(const PrometheusMetrics&) = delete;
  PrometheusMetrics& operator=(const PrometheusMetrics&) = delete;

  Counter& counter(const std::string& name, const std::string& help,
                   const Labels& labels = {}) override;
  Gauge& gauge(const std::string& name, const std::string& help,
               const Labels& labels = {}) override;
  Histogram& histogram(const std::string& name, const std::string& help,
                       const std::vector<double>& bounds, const Labels& labels = {}) override;

  // Text exposition format 0.0.4, to be served as kContentType.
  [[nodiscard]] std::string text() const;
  static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct Registered;
  std::unique_ptr<Registered> registered_;
};

}  // namespace fusiond::ops
