#include "daemon/ops/health.h"

#include <algorithm>
#include <utility>

#include "daemon/base/json_text.h"

namespace fusiond::ops {

std::string_view name_of(HealthState state) {
  switch (state) {
    case HealthState::ok:
      return "ok";
    case HealthState::degraded:
      return "degraded";
    case HealthState::down:
      return "down";
  }
  return "down";
}

void Health::add(const std::string& name, Probe probe) {
  const WallTime now = clock_.now();
  MutexLock lock(mutex_);
  checks_[name] = Check{.probe = std::move(probe), .last = {}, .since = now};
}

void Health::set(const std::string& name, HealthReport report) {
  const WallTime now = clock_.now();
  MutexLock lock(mutex_);
  const auto [found, fresh] = checks_.try_emplace(name);
  Check& check = found->second;
  if (fresh || check.last.state != report.state) {
    check.since = now;
  }
  check.probe = nullptr;
  check.last = std::move(report);
}

void Health::remove(const std::string& name) {
  MutexLock lock(mutex_);
  checks_.erase(name);
}

// Probes run under the lock, so that remove() returns only when none of them runs any more.
std::vector<NamedReport> Health::reports() const {
  const WallTime now = clock_.now();
  std::vector<NamedReport> out;
  MutexLock lock(mutex_);
  for (auto& [name, check] : checks_) {
    if (check.probe) {
      HealthReport report = check.probe();
      if (report.state != check.last.state) {
        check.since = now;
      }
      check.last = std::move(report);
    }
    out.push_back({.name = name, .report = check.last, .since = check.since});
  }
  return out;
}

HealthState Health::overall() const {
  HealthState worst = HealthState::ok;
  for (const auto& named : reports()) {
    worst = std::max(worst, named.report.state);
  }
  return worst;
}

HealthAnswer live(const Health& /*health*/) {
  return {.status = 200, .json = "{\"status\":\"ok\"}\n"};
}

HealthAnswer ready(const Health& health) {
  HealthState worst = HealthState::ok;
  std::string checks;
  for (const auto& [name, report, since] : health.reports()) {
    worst = std::max(worst, report.state);
    checks.append(checks.empty() ? "" : ",").append("{\"name\":");
    append_json_string(checks, name);
    checks.append(",\"status\":\"").append(name_of(report.state)).append("\",\"message\":");
    append_json_string(checks, report.message);
    checks.append(",\"since_us\":").append(std::to_string(micros_of(since))).append("}");
  }
  std::string json = "{\"status\":\"";
  json.append(name_of(worst)).append("\",\"checks\":[").append(checks).append("]}\n");
  return {.status = worst == HealthState::down ? 503 : 200, .json = std::move(json)};
}

}  // namespace fusiond::ops
