#include "daemon/app/source_json.h"

#include "daemon/base/json_text.h"
#include "daemon/base/time.h"

namespace fusiond::app {
namespace {

void append_text(std::string& out, const char* name, std::string_view value) {
  append_json_string(out, name);
  out.push_back(':');
  append_json_string(out, value);
  out.push_back(',');
}

void append_count(std::string& out, const char* name, std::uint64_t value) {
  append_json_string(out, name);
  out += ":" + std::to_string(value) + ",";
}

}  // namespace

std::string sources_json(const std::vector<ingest::SourceStatus>& sources) {
  std::string out = "[";
  for (const auto& source : sources) {
    out += out.size() > 1 ? ",{" : "{";
    append_text(out, "name", source.name);
    append_text(out, "plugin", source.plugin);
    append_text(out, "transport", source.transport);
    append_text(out, "lane", ingest::name_of(source.lane));
    append_text(out, "state", ingest::name_of(source.state));
    append_text(out, "why", source.why);
    append_count(out, "deliveries", source.counts.deliveries);
    append_count(out, "parts", source.counts.parts);
    append_count(out, "admitted", source.counts.admitted);
    append_count(out, "quarantined", source.counts.quarantined);
    append_count(out, "skipped", source.counts.skipped);
    const auto last = micros_of(source.last_received);
    append_text(out, "last_received", last == 0 ? "" : to_rfc3339(last));
    out.back() = '}';
  }
  return out + "]";
}

}  // namespace fusiond::app
