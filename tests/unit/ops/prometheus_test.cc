#include "daemon/ops/prometheus.h"

#include <future>
#include <vector>

#include <catch2/catch.hpp>

using fusiond::ops::PrometheusMetrics;

namespace {

bool has(const std::string& text, const std::string& line) {
  return text.find(line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("what was counted, set and observed stands in the text", "[ops]") {
  PrometheusMetrics metrics;
  metrics.counter("x_total", "Things that happened", {{"reason", "a\"b"}}).add(2);
  metrics.counter("x_total", "Things that happened", {{"reason", "c"}}).add();
  metrics.gauge("x_open", "Things that are open").set(-1.5);
  auto& seconds = metrics.histogram("x_seconds", "How long", {0.1, 1});
  seconds.observe(0.05);
  seconds.observe(0.5);
  seconds.observe(5);
  const std::string text = metrics.text();
  CHECK(has(text, "# HELP x_total Things that happened"));
  CHECK(has(text, "# TYPE x_total counter"));
  CHECK(has(text, "x_total{reason=\"a\\\"b\"} 2"));
  CHECK(has(text, "x_total{reason=\"c\"} 1"));
  CHECK(has(text, "x_open -1.5"));
  CHECK(has(text, "x_seconds_bucket{le=\"0.1\"} 1"));
  CHECK(has(text, "x_seconds_bucket{le=\"1\"} 2"));
  CHECK(has(text, "x_seconds_bucket{le=\"+Inf\"} 3"));
  CHECK(has(text, "x_seconds_count 3"));
}

TEST_CASE("the same name and labels are the same series, in whatever order", "[ops]") {
  PrometheusMetrics metrics;
  auto& one = metrics.counter("x_total", "", {{"a", "1"}, {"b", "2"}});
  auto& same = metrics.counter("x_total", "", {{"b", "2"}, {"a", "1"}});
  CHECK(&one == &same);
  CHECK(&one != &metrics.counter("x_total", "", {{"a", "1"}, {"b", "3"}}));
}

TEST_CASE("series beyond the limit share one that says so", "[ops]") {
  PrometheusMetrics metrics(3);
  for (int i = 0; i < 10; ++i) {
    metrics.counter("x_total", "", {{"source", std::to_string(i)}}).add();
  }
  const std::string text = metrics.text();
  CHECK(has(text, "x_total{source=\"2\"} 1"));
  CHECK(text.find("source=\"3\"") == std::string::npos);
  CHECK(has(text, "x_total{overflow=\"true\"} 7"));
}

TEST_CASE("many threads may count and read at once", "[ops]") {
  PrometheusMetrics metrics;
  std::vector<std::future<void>> threads;
  for (int i = 0; i < 4; ++i) {
    threads.push_back(std::async(std::launch::async, [&metrics] {
      for (int n = 0; n < 1000; ++n) {
        metrics.counter("x_total", "", {{"n", std::to_string(n % 10)}}).add();
        if (n % 100 == 0) {
          static_cast<void>(metrics.text());
        }
      }
    }));
  }
  for (auto& thread : threads) {
    thread.get();
  }
  CHECK(has(metrics.text(), "x_total{n=\"7\"} 400"));
}
